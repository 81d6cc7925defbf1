from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from goeswith.eval.errors import EvalError
from goeswith.eval.findings import Findings
from goeswith.eval.loaders.phones import PRODUCTS, QUERIES, load_phones, load_queries
from goeswith.eval.model import Prepared
from goeswith.eval.replay.bill import Bill, Law, lengths, meets_from, share_of
from goeswith.eval.replay.law import drawn, laws, past
from goeswith.eval.replay.stream import BUILT, Heard
from goeswith.eval.replay.study import ReplayStudy, measured
from goeswith.eval.stand import Stand
from goeswith.eval.statistics import Interval, ratio

COUNTED = {"a": 60.0, "b": 30.0, "c": 10.0, "never": 0.0}


@pytest.fixture(scope="module")
def found(tiny: Prepared) -> Findings:
    weights = {text: float(count) for text, count in tiny.log[:30]}
    stand = Stand(tiny.home, tiny.settings, 3)
    return measured(
        stand, {"zipf": laws(weights)["zipf"]}, 80, sizes=(0.0, 1.0), progress=lambda *_: None
    )


def figures(found: Findings, table: int, measure: int) -> dict[tuple[str, ...], Interval]:
    return {
        row.labels: value
        for row in found.tables[table].rows
        if isinstance(value := row.figures[measure], Interval)
    }


def test_a_warm_up_makes_hits_and_a_cold_cache_hits_what_was_asked_before(found: Findings) -> None:
    rates = list(figures(found, 0, 0).values())
    stream = drawn(laws({f"q{n}": 1.0 for n in range(30)})["zipf"], 80, 3)
    assert [value.n for value in rates] == [80, 80]
    assert rates[0].mean == pytest.approx(1 - len(set(stream)) / 80)
    assert rates[1].low > rates[0].high
    assert found.facts["questions"] == 80


def test_latency_is_told_by_tier_and_building_is_slowest(found: Findings) -> None:
    p50 = {labels[1:]: value.mean for labels, value in figures(found, 1, 0).items()}
    assert {tier for _, tier in p50} >= {"built", "memory", "disk"}
    assert p50["cold", "built"] > p50["cold", "memory"]


def test_the_bill_stands_beside_building_each_question(found: Findings) -> None:
    shares = figures(found, 2, 2)
    assert shares["zipf", "query-time", ""].mean == 1.0
    warm = shares["zipf", "hybrid", "100% warmed"]
    assert warm.low <= warm.mean <= warm.high < 1.0
    with_warm_up = figures(found, 2, 3)["zipf", "hybrid", "100% warmed"]
    assert with_warm_up.mean > warm.mean


def test_the_cost_falls_as_the_stream_goes_on() -> None:
    texts = tuple("abcd" * 1000)
    afresh = {text: Heard(place, BUILT, 0.01, 0.01) for place, text in enumerate("abcd")}
    heard = tuple(
        Heard(place, BUILT, 0.02, 0.02) if place < 4 else Heard(place, "memory", 1e-5, 1e-5)
        for place in range(len(texts))
    )
    bill = Bill("zipf", 0.0, heard, 0, 0.0, 0, 0.0)
    law = Law("zipf", texts, afresh, (bill,))
    rows = {row.labels[2]: row.figures for row in lengths([law], 1).rows}
    assert list(rows) == ["1,000", "3,000", "4,000"]
    hit, floor, share = (value for value in rows["1,000"] if isinstance(value, Interval))
    assert hit.mean == 0.996
    assert floor.mean == pytest.approx(0.004)
    assert share.mean == pytest.approx(0.008 + 0.996 * 0.001)
    # 0.08 s of building beside 0.01 s for each ask: a tenth from the 81st ask on.
    assert meets_from(law, bill) == 81
    assert share_of(law, bill, 1).mean == pytest.approx(0.002 + 0.999 * 0.001)
    dear = msgspec.structs.replace(bill, heard=heard[:40])
    assert meets_from(law, dear) is None


def test_every_question_of_the_stream_is_held_against_its_own_build(found: Findings) -> None:
    asks = figures(found, 3, 0)
    floor = figures(found, 3, 1)
    assert {value.n for value in asks.values()} == {80}
    assert floor["zipf", "100% warmed", "80"].mean < floor["zipf", "cold", "80"].mean


def test_hits_over_time_cover_the_stream(found: Findings) -> None:
    for points in found.curves[0].lines.values():
        assert points[-1][0] == 80
        assert sum(value.n for _, value in points) == 80


def test_one_law_leaves_out_what_was_never_asked_and_zipf_does_not() -> None:
    made = laws(COUNTED)
    assert list(made["counted"]) == ["a", "b", "c"]
    assert made["zipf"] == {"a": 1.0, "b": 0.5, "c": 1 / 3, "never": 0.25}


def test_draws_follow_the_law_and_the_seed() -> None:
    asked = drawn(COUNTED, 10_000, 1)
    assert asked == drawn(COUNTED, 10_000, 1) != drawn(COUNTED, 10_000, 2)
    assert asked.count("a") / 10_000 == pytest.approx(0.6, abs=0.02)
    counts = dict(past(COUNTED, 1000, 2))
    assert sum(counts.values()) == 1000
    assert "never" not in counts


def test_a_ratio_and_its_interval() -> None:
    base = np.random.default_rng(1).uniform(1, 2, size=400)
    found = ratio(base * 0.1, base, 1)
    assert (found.low, found.mean, found.high) == pytest.approx((0.1, 0.1, 0.1))
    noisy = ratio(np.random.default_rng(2).uniform(0, 0.3, size=400), base, 1)
    assert noisy.low < 0.1 < noisy.high


def test_the_log_is_read_most_asked_first(tmp_path: Path) -> None:
    rows = [
        {"query": "z", "popularity": 1},
        {"query": "a", "popularity": 1},
        {"query": "m", "popularity": 5},
    ]
    (tmp_path / QUERIES).write_bytes(gzip.compress(json.dumps(rows).encode()))
    assert list(load_queries(tmp_path)) == ["m", "a", "z"]
    phones = [{"name": "Case", "brand": "X", "categories": ["Phones", "Cases"], "price": 3}]
    (tmp_path / PRODUCTS).write_bytes(gzip.compress(json.dumps(phones).encode()))
    assert load_phones(tmp_path)[0].product_type == ("Phones", "Cases")
    (tmp_path / QUERIES).write_bytes(b"no gzip")
    with pytest.raises(EvalError, match="cannot be read"):
        load_queries(tmp_path)


def test_absent_data_says_how_to_get_it(
    tmp_path: Path, tiny: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOESWITH_DATA", str(tmp_path))
    with pytest.raises(EvalError, match=r"algolia/datasets.*GOESWITH_DATA"):
        ReplayStudy().run(
            tmp_path, tiny.settings, arms=(), questions=5, seed=1, progress=lambda *_: None
        )
