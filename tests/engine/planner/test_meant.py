"""What a need of the curated knowledge means in a shop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.settings import Settings
from tests.engine.planner.conftest import opened

GROCERIES = (
    ("R1", "Ricotta cheese, 15 oz", "Milk by-products > Ricotta cheese"),
    *((f"C{n}", f"Cream cheese, {n} oz", "Cheese > Cream cheese") for n in range(4, 9)),
    *((f"S{n}", f"Shredded cheese, {n} oz", "Cheese > Shredded cheese") for n in range(4, 9)),
    ("N1", "Lasagna noodles", "Pasta > Lasagna noodles"),
    ("P1", "Pasta sauce, 24 oz", "Canned > Pasta sauce"),
    ("B1", "Ground beef", "Beef > Ground beef"),
    ("G1", "Garlic bread", "Frozen > Garlic bread"),
)
BOUGHT = [*([[f"C{n}", f"S{n}"] for n in range(4, 9)] * 20), *([["R1", "N1"]] * 5)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, spelling: Settings) -> Iterator[Engine]:
    with opened(tmp_path_factory.mktemp("groceries"), GROCERIES, spelling, BOUGHT) as engine:
        yield engine


def test_a_kind_that_is_called_so_goes_before_what_is_bought_more(shop: Engine) -> None:
    body = shop.ask("make lasagna", use_cache=False).to_dict()
    needs = {need["id"]: need["phrase"] for need in body["plan"]["needs"]}
    first = {needs[g["need"]]: g["products"][0]["sku"] for g in body["groups"] if g["products"]}
    assert first["ricotta cheese"] == "R1"
