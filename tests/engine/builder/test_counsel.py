"""A model's help while a plan is worked through: which calls, in which rounds, to what end."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from goeswith.cache import EdgeStore, MemoryStore
from goeswith.cache.store import Item
from goeswith.engine.answer import encode_body
from goeswith.engine.budget import Budget, Meter
from goeswith.engine.engine import Engine
from goeswith.engine.graph.subgraph import Subgraph
from goeswith.engine.model import Relation
from goeswith.engine.question import read_question
from goeswith.engine.request import Limits, Request
from tests.fixtures.lmserver.camera import answer, need
from tests.fixtures.lmserver.engines import (
    BIRDS,
    BIRDS_AGAIN,
    LANDSCAPE,
    WILDLIFE,
    asking_engine,
)
from tests.fixtures.lmserver.server import inputs_of
from tests.fixtures.lmserver.transport import FakeTransport, program_of


def built(engine: Engine, text: str, budget: Budget | None = None) -> tuple[Subgraph, Meter]:
    meter = Meter(budget or Budget(deadline_ms=60_000))
    builder = engine._current.opened.builder()
    return builder.build(read_question(text), meter), meter


@pytest.mark.parametrize("text", [BIRDS, LANDSCAPE, WILDLIFE, "video kit", "out in the rain"])
def test_a_question_waits_for_the_model_at_most_two_rounds_more_than_it_has_ranks(
    home: Path, text: str
) -> None:
    with asking_engine(home) as (engine, _):
        subgraph, meter = built(engine, text)
    assert subgraph.plan.source == "lm"
    assert not subgraph.degraded
    ranks = 1 + max(need.rank for need in subgraph.plan.needs)
    assert 1 <= meter.lm_rounds <= 2 + ranks


def test_pairs_of_types_are_asked_about_in_one_call(home: Path) -> None:
    with asking_engine(home) as (engine, asked):
        built(engine, WILDLIFE)
    assert asked.asked["relate"] == asked.asked["judge"] == 1


def test_what_behaviour_attributes_and_curation_settle_is_not_asked(home: Path) -> None:
    with asking_engine(home) as (engine, asked):
        subgraph, _ = built(engine, BIRDS)
    shown = [
        (next(a["name"] for a in given["anchors"] if a["id"] == pair["anchor"]), pair["name"])
        for body in asked.bodies
        if program_of(body) == "relate"
        for given in [inputs_of(body)]
        for pair in given["pairs"]
    ]
    assert ("Mirrorless Cameras", "Memory Cards") not in shown, "curated and bought together"
    assert ("Mirrorless Cameras", "Telephoto Lenses") not in shown, "a rule decides"
    assert ("Binoculars", "Tripods and Monopods") in shown, "nothing is known of these"
    settled = {(e.source, e.relation, e.target) for e in subgraph.graph.edges}
    binoculars = "type:Optics > Binoculars"
    tripods = "type:Camera Accessories > Tripods and Monopods"
    assert (binoculars, Relation.ACCESSORY, tripods) in settled


def test_the_second_of_two_questions_that_share_types_asks_half_as_often_or_less(
    home: Path,
) -> None:
    with asking_engine(home) as (engine, _):
        first = engine.ask(BIRDS)
        second = engine.ask(BIRDS_AGAIN)
    assert first.cache.key != second.cache.key
    assert second.cache.tier == "none"
    assert first.cost.lm_calls >= 5
    assert second.cost.lm_calls <= first.cost.lm_calls / 2
    assert second.data().groups


def test_an_edge_from_the_store_reads_as_it_did_when_it_was_asked(home: Path) -> None:
    with asking_engine(home) as (engine, _):
        fresh, _ = built(engine, WILDLIFE)
        stored, meter = built(engine, WILDLIFE)
    assert stored.graph == fresh.graph
    assert meter.lm_calls < 4


def test_the_same_replies_give_the_same_bytes(home: Path) -> None:
    bodies = []
    for _ in range(2):
        with asking_engine(home) as (engine, _):
            subgraph, _ = built(engine, BIRDS)
            bodies.append(encode_body("q", subgraph, engine.versions))
            store = engine._current.opened.builder().known._find()
            assert store is not None
            store.store.clear()
    assert bodies[0] == bodies[1]


def test_a_refusal_is_kept_so_that_nobody_asks_again(home: Path) -> None:
    def denies(body: dict[str, Any]) -> str:
        reply = json.loads(answer(body))
        for verdict in reply.get("verdicts", []):
            verdict.update(true=False, score=2)
        return json.dumps(reply)

    with asking_engine(home, FakeTransport(denies)) as (engine, asked):
        first, _ = built(engine, WILDLIFE)
        asked.asked.clear()
        built(engine, WILDLIFE)
    assert not any(edge.source.startswith("type:") for edge in first.graph.edges)
    assert {"critic_refused"} <= {edge.verdict.reason for edge in first.refused}
    assert asked.asked["relate"] == asked.asked["judge"] == 0


def test_chosen_products_bring_a_need_with_them_once_and_forwards(home: Path) -> None:
    with asking_engine(home) as (engine, asked):
        subgraph, _ = built(engine, LANDSCAPE)
    needs = {need.phrase: need for need in subgraph.plan.needs}
    brought, camera = needs["spare camera battery"], needs["mirrorless camera"]
    assert brought.depends_on == (camera.id,)
    assert brought.rank > 1, "rank 1 was under way when it was found"
    assert asked.asked["extend"] == 1
    [group] = [group for group in subgraph.groups if group.need == brought.id]
    assert group.products


def test_where_no_need_waits_and_nothing_has_to_fit_nothing_more_is_asked(home: Path) -> None:
    def plain(body: dict[str, Any]) -> str:
        if program_of(body) != "plan":
            return answer(body)
        rows = [need("n1", "binoculars"), need("n2", "phone case")]
        return json.dumps({"one_need": False, "needs": rows})

    with asking_engine(home, FakeTransport(plain)) as (engine, asked):
        subgraph, _ = built(engine, "what goes with bird field guides")
    assert subgraph.plan.source == "lm"
    assert max(told.rank for told in subgraph.plan.needs) == 1
    assert asked.asked["extend"] == 0


def test_one_need_skips_everything_but_the_plan(home: Path) -> None:
    with asking_engine(home) as (engine, asked):
        answered = engine.ask("something warm to hold coffee")
    assert answered.data().plan.source in {"single", "knowledge"}
    assert sum(asked.asked.values()) == 1


def test_a_question_that_names_a_product_type_asks_nothing(home: Path) -> None:
    with asking_engine(home) as (engine, asked):
        engine.ask("memory cards")
        engine.ask("lens for Canon EOS R10")
    assert not asked.asked


def test_a_hit_asks_nothing(home: Path) -> None:
    with asking_engine(home) as (engine, asked):
        engine.ask(BIRDS)
        asked.asked.clear()
        again = engine.ask(BIRDS)
    assert again.cache.tier == "memory"
    assert not asked.asked
    assert again.cost.lm_calls == 0


def test_a_claim_that_no_critic_judged_is_neither_served_nor_kept(home: Path) -> None:
    def silent(body: dict[str, Any]) -> str:
        return "no idea" if program_of(body) == "judge" else answer(body)

    with asking_engine(home, FakeTransport(silent)) as (engine, asked):
        subgraph, _ = built(engine, WILDLIFE)
        assert not any(edge.source.startswith("type:") for edge in subgraph.graph.edges)
        before = asked.asked["relate"]
        built(engine, WILDLIFE)
    assert asked.asked["relate"] == before + 1, "an unjudged pair is asked again"


@pytest.mark.parametrize("calls", range(1, 8))
def test_no_budget_of_calls_is_passed_and_what_is_missing_is_told(home: Path, calls: int) -> None:
    with asking_engine(home, budget__lm_calls=calls) as (engine, asked):
        answered = engine.ask(BIRDS)
    assert sum(asked.asked.values()) <= calls
    assert answered.cost.lm_calls == sum(asked.asked.values())
    assert answered.data().groups
    assert ("lm_budget" in answered.data().degraded) == (calls < 6)


class SlowStore(MemoryStore):
    """Writes many at once only when it is let, as a disk that stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def set_many(self, items: Iterable[Item], *, since: int | None = None) -> int:
        assert self.go.wait(60.0)
        return super().set_many(items, since=since)


def test_no_answer_waits_for_the_disk_and_the_next_question_knows_it_all(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStore()
    edges = EdgeStore(slow)
    with asking_engine(home) as (engine, _):
        known = engine._current.opened.builder().known
        monkeypatch.setattr(known, "_find", lambda: edges)
        first = engine.ask(BIRDS)
        second = engine.ask(BIRDS_AGAIN)
        assert slow.stats().entries == 0, "nothing could be written yet"
        slow.go.set()
        assert edges.flush(60.0)
    assert first.cost.lm_calls >= 5
    assert second.cost.lm_calls <= first.cost.lm_calls / 2
    assert slow.stats().entries > 0


def test_what_was_learned_is_on_the_disk_once_the_engine_is_closed(home: Path) -> None:
    with asking_engine(home) as (engine, _):
        first = engine.ask(BIRDS)
    with asking_engine(home) as (engine, _):
        second = engine.ask(BIRDS_AGAIN)
    assert second.cost.lm_calls <= first.cost.lm_calls / 2


def test_a_request_that_pays_little_is_finished_at_the_operators_expense(home: Path) -> None:
    frugal = Request(BIRDS, budget=Limits(lm_calls=1))
    with asking_engine(home, cache__background="on") as (engine, asked):
        cut = engine.ask(frugal)
        assert "lm_budget" in cut.data().degraded
        assert cut.cost.lm_calls == sum(asked.asked.values()) == 1
        assert engine.background is not None
        assert engine.background.drain(60.0)
        whole = engine.ask(frugal)
        assert sum(asked.asked.values()) >= 5
    assert whole.cache.tier == "memory"
    assert not whole.data().degraded


def backwards(body: dict[str, Any]) -> str:
    """Plan from a tripod to binoculars, of which nothing is known either way."""
    if program_of(body) != "plan":
        return answer(body)
    rows = [
        need("stand", "tripod", anchor=True),
        need("bino", "binoculars", ("stand",)),
    ]
    return json.dumps({"one_need": False, "needs": rows})


def test_a_relation_that_runs_against_the_plan_is_heard_kept_and_asked_once(home: Path) -> None:
    with asking_engine(home, FakeTransport(backwards)) as (engine, asked):
        subgraph, _ = built(engine, WILDLIFE)
        assert asked.asked["relate"] == 1
        binoculars = "type:Optics > Binoculars"
        tripods = "type:Camera Accessories > Tripods and Monopods"
        told = {(e.source, e.relation, e.target) for e in subgraph.graph.edges}
        assert (binoculars, Relation.ACCESSORY, tripods) in told
        assert (tripods, Relation.ACCESSORY, binoculars) not in told
        asked.asked.clear()
        again, _ = built(engine, WILDLIFE)
        assert asked.asked["relate"] == 0
        assert again.graph == subgraph.graph
