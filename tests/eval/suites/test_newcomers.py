from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import polars as pl
import pytest

from goeswith.engine.settings import Settings
from goeswith.eval.model import Prepared
from goeswith.eval.shophome import Source
from goeswith.eval.suites.goes_with import GoesWithSpec, prepare
from goeswith.eval.suites.newcomers import COLD, ColdRules


@pytest.fixture(scope="module")
def prepared(
    source: Callable[[Path, int], Source],
    spec: GoesWithSpec,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Prepared:
    """Make a tiny shop ready whose products "…-1" were never bought before the split."""
    folder = tmp_path_factory.mktemp("cold")
    made = source(folder, 0)
    baskets = pl.read_parquet(made.baskets)
    first = baskets["time"].min()
    assert first is not None
    early = pl.col("time") < pl.lit(first) + pl.duration(weeks=30)
    kept = baskets.filter(~(early & pl.col("sku").str.ends_with("-1")))
    kept.write_parquet(made.baskets)
    cold = msgspec.structs.replace(spec, cold=ColdRules(least_baskets=3, share=0.5))
    return prepare(
        made, cold, folder / "work", settings, questions=20, seed=3, progress=lambda *_: None
    )


def test_new_products_are_a_stratum_of_their_own(prepared: Prepared) -> None:
    cold = [question for question in prepared.questions if question.stratum == COLD]
    assert len(cold) == 10
    assert len(prepared.questions) == 30
    for question in cold:
        (sku,) = question.asked.basket
        assert sku.endswith("-1")
        assert any(prepared.truth[question.asked.id].values())


def test_own_types_answer_nothing_for_new_products_either(prepared: Prepared) -> None:
    for question in prepared.questions:
        assert question.own
        assert question.own.isdisjoint(prepared.truth[question.asked.id])


def test_a_product_that_was_bought_before_is_not_new(tiny: Prepared) -> None:
    assert all(question.stratum != COLD for question in tiny.questions)
