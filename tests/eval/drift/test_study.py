from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from goeswith.engine.answer import CacheInfo
from goeswith.engine.model import Product
from goeswith.engine.settings import Settings
from goeswith.eval.drift.arms import state_of
from goeswith.eval.drift.change import step
from goeswith.eval.drift.seen import Wrong, wrong
from goeswith.eval.drift.study import DriftStudy, Shop, measured
from goeswith.eval.errors import EvalError
from goeswith.eval.findings import Findings
from goeswith.eval.shophome import Source
from goeswith.eval.statistics import Interval

PRODUCTS = tuple(Product(f"s{n}", f"Thing {n}", product_type=(f"T{n % 7}",)) for n in range(200))


@pytest.fixture(scope="module")
def found(
    source: Callable[[Path, int], Source],
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Findings:
    folder = tmp_path_factory.mktemp("drift")
    made = source(folder, 0)
    with made.catalog.open(newline="") as file:
        products = tuple(
            Product(row["sku"], row["title"], product_type=tuple(row["product_type"].split(" > ")))
            for row in csv.DictReader(file)
        )
    return measured(
        Shop(products, made.baskets, "plain"),
        settings,
        folder,
        questions=25,
        shares=(0.05, 0.05),
        seed=3,
        progress=lambda *_: None,
    )


def told(found: Findings, arm: str, measure: str) -> list[float]:
    place = found.tables[0].measures.index(measure)
    return [
        value.mean
        for row in found.tables[0].rows
        if row.labels[0] == arm and isinstance(value := row.figures[place], Interval)
    ]


def test_what_is_made_beforehand_becomes_wrong_and_stays_so(found: Findings) -> None:
    first, second = told(found, "static", "wrong answers")
    assert 0.1 < first <= second


@pytest.mark.parametrize("arm", ["hybrid", "query-time"])
def test_the_product_never_shows_what_is_gone_or_was(found: Findings, arm: str) -> None:
    for measure in ("names a removed product", "shows a changed one as it was", "wrong answers"):
        assert told(found, arm, measure) == [0.0, 0.0]


def test_every_answer_was_kept_refreshed_or_dropped(found: Findings) -> None:
    for arm in ("hybrid", "query-time", "static"):
        parts = [told(found, arm, state) for state in ("kept", "refreshed", "dropped")]
        assert [sum(step) for step in zip(*parts, strict=True)] == pytest.approx([1.0, 1.0])
    assert told(found, "query-time", "dropped") == [1.0, 1.0]
    assert told(found, "static", "kept") == [1.0, 1.0]


def test_head_and_tail_are_told_apart(found: Findings) -> None:
    rows = {row.labels: row.figures for row in found.tables[1].rows}
    assert set(rows) == {
        (a, s) for a in ("hybrid", "query-time", "static") for s in ("head", "tail")
    }
    sizes = {labels[1]: row[0].n for labels, row in rows.items() if isinstance(row[0], Interval)}
    assert sizes == {"head": 2 * 13, "tail": 2 * 12}


def test_a_stale_answer_is_refreshed_and_a_built_one_was_dropped() -> None:
    assert state_of(CacheInfo("memory", "k")) == "kept"
    assert state_of(CacheInfo("disk", "k", stale=True)) == "refreshed"
    assert state_of(CacheInfo("none", "k")) == "dropped"


def test_the_difference_is_tested(found: Findings) -> None:
    row = next(row for row in found.differences if row.against == "static")
    assert (row.arm, row.significant, row.better, row.difference.n) == ("hybrid", True, True, 25)
    assert "better than static" in found.headline


def test_a_step_removes_renames_and_adds_as_many_as_it_says() -> None:
    after = step(PRODUCTS, 0.05, 1, 7)
    before = {p.sku: p.title for p in PRODUCTS}
    now = {p.sku: p.title for p in after.products}
    assert (after.removed, after.changed, after.added) == (10, 10, 10)
    assert len(before.keys() - now.keys()) == 10
    assert len(now.keys() - before.keys()) == 10
    assert sum(before[sku] != now[sku] for sku in before.keys() & now.keys()) == 10
    assert after == step(PRODUCTS, 0.05, 1, 7) != step(PRODUCTS, 0.05, 1, 8)


def test_steps_on_steps_keep_skus_apart_and_titles_short() -> None:
    after = step(PRODUCTS, 0.3, 1, 7)
    for number in range(2, 9):
        after = step(after.products, 0.3, number, 7)
        skus = [p.sku for p in after.products]
        assert len(skus) == len(set(skus))
    assert max(len(p.title) for p in after.products) < 40


def test_wrong_is_what_is_gone_or_was() -> None:
    now = {"a": "A", "b": "B new"}
    assert wrong({"a": "A"}, now) == Wrong(removed=False, changed=False)
    assert wrong({"a": "A", "b": "B"}, now) == Wrong(removed=False, changed=True)
    assert wrong({"c": "C"}, now) == Wrong(removed=True, changed=False)
    assert not wrong({}, now).either


def test_absent_data_says_how_to_get_it(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOESWITH_DATA", str(tmp_path))
    with pytest.raises(EvalError, match="GOESWITH_DATA"):
        DriftStudy().run(tmp_path, settings, arms=(), questions=5, seed=1, progress=lambda *_: None)
