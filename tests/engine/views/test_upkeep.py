"""Dropping by hand, and what the cache was good for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from goeswith.cache import EdgeStore, StoredEdge
from goeswith.engine.engine import Engine
from goeswith.engine.serving.opening import open_ledger
from goeswith.engine.serving.storage import open_edges
from goeswith.engine.settings import Settings, load_settings
from goeswith.prompts import Cost

LENS = "lens for Canon EOS R10"
BATTERY = "battery for Nikon Z50"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(environ={}, flags={"retrieval.embedder": "hash"})


@pytest.fixture
def engine(home: Path, settings: Settings) -> Iterator[Engine]:
    with Engine.open(home, settings=settings) as opened:
        yield opened


def part(engine: Engine, name: str) -> Any:
    return engine.stats()[name]


def test_a_sku_drops_what_names_it(engine: Engine) -> None:
    lens = engine.ask(LENS).data()
    engine.ask(BATTERY)
    sku = lens.groups[0].products[0].sku
    assert engine.invalidate(skus=(sku,)).disk == 1
    assert engine.ask(LENS).cache.tier == "none"
    assert engine.ask(BATTERY).cache.tier == "memory"


@pytest.mark.parametrize("whole", [True, False])
def test_a_type_drops_what_names_it(engine: Engine, whole: bool) -> None:
    path = engine.ask(LENS).data().groups[0].products[0].product_type
    name = " > ".join(path) if whole else path[-1].upper()
    assert engine.invalidate(types=(name,)).disk == 1
    assert engine.ask(LENS).cache.tier == "none"


def test_another_process_sees_the_drop_at_once(
    engine: Engine, home: Path, settings: Settings
) -> None:
    engine.ask(LENS)
    assert engine.ask(LENS).cache.tier == "memory"
    with Engine.open(home, settings=settings) as other:
        other.invalidate(everything=True)
    assert engine.look(LENS) is None


def kept_edge(home: Path, settings: Settings) -> EdgeStore:
    store = open_edges(home / "cache", settings.cache)
    edge = StoredEdge("sku:A", "accessory", "type:T", True, "v", b"{}")
    store.put_many([edge, msgspec.structs.replace(edge, tail="type:U", accepted=False)])
    return store


def test_edges_are_dropped_and_counted(engine: Engine, home: Path, settings: Settings) -> None:
    store = kept_edge(home, settings)
    assert part(engine, "edges") == {"accessory": {"accepted": 1, "rejected": 1}}
    assert engine.invalidate(types=("T",)).edges == 1
    assert engine.invalidate(everything=True).edges == 1
    assert store.of("sku:A") == []
    store.close()


def test_asks_are_counted_by_tier_over_processes(
    engine: Engine, home: Path, settings: Settings
) -> None:
    for question in (LENS, LENS, BATTERY):
        engine.ask(question)
    engine.ask(LENS, use_cache=False)
    engine.close()
    with Engine.open(home, settings=settings) as later:
        later.ask(LENS)
        asks = part(later, "asks")
        answers = part(later, "answers")
        assert part(later, "lm") == {
            "builds": 3,
            "calls": 0,
            "tokens": 0,
            "usd": 0.0,
            "calls_saved": 0,
        }
    assert (asks["all"], asks["none"], asks["memory"], asks["disk"]) == (4, 2, 1, 1)
    assert asks["disk_rate"] == 0.25
    assert (answers["entries"], answers["complete"], answers["negative"]) == (2, 2, 0)
    assert answers["writable"]


def test_calls_saved_follow_from_what_builds_cost(engine: Engine) -> None:
    engine._usage.count("builds", 10)
    engine._usage.count("lm_calls", 40)
    engine._usage.count("asks.disk", 5)
    assert part(engine, "lm")["calls_saved"] == 20


def test_todays_spending_is_that_of_all_processes_beside_its_caps(home: Path) -> None:
    flags = {"retrieval.embedder": "hash", "lm.calls_per_day": 50, "lm.usd_per_day": 2.0}
    capped = load_settings(environ={}, flags=flags)
    cost = Cost(calls=1, tokens=120, usd=0.25)
    for stage in ("plan", "distil_relate"):
        open_ledger(home / "cache", capped).reserve(stage, cost)
    with Engine.open(home, settings=capped) as engine:
        today = part(engine, "lm_today")
    assert today.pop("day")
    assert today == {
        "calls": 2,
        "tokens": 240,
        "usd": 0.5,
        "calls_per_day": 50,
        "usd_per_day": 2.0,
        "stages": {
            stage: {"calls": 1, "tokens": 120, "usd": 0.25} for stage in ("distil_relate", "plan")
        },
    }


def test_what_is_asked_most_comes_first_and_says_nothing_personal(engine: Engine) -> None:
    for question in (BATTERY, LENS, "LENS for canon eos r10?!", "lens call 555 013 44 77 22"):
        engine.ask(question)
    popular = engine.popular()
    assert [entry.asks for entry in popular] == [2, 1]
    assert popular[0].key == engine.read(LENS)[1]
    told = " ".join(entry.canonical for entry in popular)
    assert "555" not in told
    assert "?!" not in told
    assert engine.popular(1) == popular[:1]


def test_refusals_are_counted_and_the_last_are_kept(engine: Engine) -> None:
    assert engine.refusals() == ((), {})
    engine.ask(BATTERY)
    refused, titles = engine.refusals()
    assert refused
    assert all(not edge.verdict.accepted for edge in refused)
    assert {edge.verdict.reason for edge in refused} == set(part(engine, "refused"))
    assert any(edge.source in titles or edge.target in titles for edge in refused)


def test_refusals_of_a_personal_question_are_not_kept(engine: Engine) -> None:
    engine.ask("what do I need to photograph birds jane@example.com")
    assert part(engine, "refused")
    assert engine.refusals()[0] == ()


def test_what_cut_a_build_short_is_counted(engine: Engine) -> None:
    from goeswith.engine.budget import Budget

    engine.ask(LENS, budget=Budget(edges=0))
    assert part(engine, "degraded") == {"edges": 1}
