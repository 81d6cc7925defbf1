"""Promise 4: no budget is passed; what was cut short says so and is not stored as complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from goeswith.engine.answer import Answer
from goeswith.engine.budget import Budget, Meter
from goeswith.engine.engine import Engine
from goeswith.engine.gate.form import FormCheck
from goeswith.engine.gate.gate import Objection
from goeswith.engine.gate.policy import Demand
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.settings import Settings

QUESTION = "what do I need to photograph birds with a Canon EOS R10"
WHOLE = Budget(deadline_ms=600_000)
AFTER = 12
"""Ticks around a build: readings of the clock before it begins and when its stages are closed."""

Check = Callable[..., None]


class Ticking:
    """A clock that moves one millisecond whenever somebody looks at it."""

    step = 0.001

    def __init__(self) -> None:
        self.ticks = 0

    def __call__(self) -> float:
        self.ticks += 1
        return self.ticks * self.step


@pytest.fixture
def engine(home: Path, spelling: Settings) -> Iterator[Engine]:
    """An engine whose clock nobody looks at in the background."""
    cache = msgspec.structs.replace(spelling.cache, background="off")
    settings = msgspec.structs.replace(spelling, cache=cache)
    with Engine.open(home, settings=settings) as opened:
        yield opened


@pytest.fixture
def clock(engine: Engine) -> Ticking:
    engine.warm()
    ticking = Ticking()
    engine._making.clock = ticking
    return ticking


def ticks_of(engine: Engine, clock: Ticking, question: str) -> int:
    before = clock.ticks
    engine.ask(question, budget=WHOLE, use_cache=False)
    return clock.ticks - before


@pytest.mark.parametrize(
    "question", [QUESTION, "lens for Canon EOS R10", "what goes with Canon EOS R10", "tripod"]
)
def test_a_build_stopped_at_any_moment_gives_a_valid_answer(
    question: str, engine: Engine, clock: Ticking, titles: dict[str, str], assert_sound: Check
) -> None:
    whole = engine.ask(question, budget=WHOLE, use_cache=False)
    steps = ticks_of(engine, clock, question)
    assert steps > 10
    cut = 0
    for deadline in range(1, steps + 3, max(1, steps // 60)):
        budget = Budget(deadline_ms=deadline)
        answer = engine.ask(question, budget=budget)
        body = answer.data()
        assert_sound(body, titles, budget)
        assert answer.cache.tier == "none" or not body.degraded
        if body.degraded:
            cut += 1
            assert body.degraded == ("deadline",)
            assert answer.cost.wall_ms <= deadline + AFTER
            assert len(body.groups) <= len(whole.data().groups)
        else:
            assert answer.body == whole.body
    assert cut > 10


def test_no_product_is_examined_after_the_deadline(
    engine: Engine, clock: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at an edge takes a second; a product has an edge to its need and to the camera."""
    looks = 0
    swift = FormCheck.object_to

    def slow(check: FormCheck, proposal: Proposal, demand: Demand) -> Objection | None:
        nonlocal looks
        looks += 1
        clock.ticks += 1_000
        return swift(check, proposal, demand)

    monkeypatch.setattr(FormCheck, "object_to", slow)
    answer = engine.ask("lens for Canon EOS R10", budget=Budget(deadline_ms=5_000))
    assert answer.data().degraded == ("deadline",)
    assert looks <= 6


def test_a_cut_answer_serves_no_other_budget(engine: Engine, clock: Ticking) -> None:
    steps = ticks_of(engine, clock, QUESTION)
    short = Budget(deadline_ms=steps // 2)
    for tier in ("none", "memory"):
        cut = engine.ask(QUESTION, budget=short)
        assert cut.data().degraded == ("deadline",)
        assert cut.cache.tier == tier
    shorter = engine.ask(QUESTION, budget=Budget(deadline_ms=steps // 2 - 1))
    assert shorter.cache.tier == "none"
    whole = engine.ask(QUESTION, budget=WHOLE)
    assert (whole.cache.tier, whole.data().degraded) == ("none", ())
    again = engine.ask(QUESTION, budget=short)
    assert (again.cache.tier, again.body) == ("memory", whole.body)


def test_an_answer_cut_at_the_very_end_is_still_marked(engine: Engine, clock: Ticking) -> None:
    steps = ticks_of(engine, clock, QUESTION)
    before = [engine.ask(QUESTION, budget=Budget(deadline_ms=n)) for n in range(steps - 12, steps)]
    whole = engine.ask(QUESTION, budget=WHOLE, use_cache=False)
    for answer in before:
        assert bool(answer.data().degraded) is (answer.body != whole.body)


@pytest.mark.parametrize("edges", [0, 1, 2, 5, 9, 20])
def test_edges(edges: int, engine: Engine, titles: dict[str, str], assert_sound: Check) -> None:
    budget = Budget(edges=edges)
    answer = engine.ask(QUESTION, budget=budget)
    assert_sound(answer.data(), titles, budget)
    assert answer.data().degraded == ("edges",)
    assert engine.ask(QUESTION, budget=budget).data().degraded == ("edges",)


@pytest.mark.parametrize("rounds", [1, 2])
def test_rounds(rounds: int, engine: Engine, titles: dict[str, str], assert_sound: Check) -> None:
    budget = Budget(rounds=rounds)
    answer = engine.ask(QUESTION, budget=budget)
    assert_sound(answer.data(), titles, budget)
    assert answer.data().degraded == ("rounds",)
    assert not engine.ask(QUESTION, budget=Budget(rounds=3)).data().degraded


def sizes(answer: Answer) -> tuple[int, int]:
    groups = answer.data().groups
    return len(groups), max((len(group.products) for group in groups), default=0)


@pytest.mark.parametrize(("needs", "products"), [(1, 1), (2, 1), (3, 2), (5, 7), (8, 4)])
def test_needs_and_products(
    needs: int, products: int, engine: Engine, titles: dict[str, str], assert_sound: Check
) -> None:
    budget = Budget(needs=needs, products=products)
    for question in (QUESTION, "what goes with Canon EOS R10", "instead of Canon EOS R10"):
        assert_sound(engine.ask(question, budget=budget).data(), titles, budget)


def test_a_smaller_answer_is_not_served_to_who_may_have_more(engine: Engine) -> None:
    small = engine.ask(QUESTION, budget=Budget(needs=3, products=1))
    large = engine.ask(QUESTION, budget=Budget(needs=8, products=4))
    assert sizes(small) < sizes(large)
    again = engine.ask(QUESTION, budget=Budget(needs=3, products=1))
    assert (again.cache.tier, again.body) == ("memory", small.body)


def test_opening_the_index_is_not_charged_to_the_question(engine: Engine) -> None:
    """However slow the clock runs while files are opened, the deadline has not begun."""
    ticking = Ticking()
    engine._making.clock = ticking
    engine.warm()
    steps = ticks_of(engine, ticking, "tripod")
    assert engine.ask("tripod", budget=Budget(deadline_ms=steps + 5)).data().degraded == ()


def test_a_slow_first_start_is_no_spent_budget(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warm-up's own meter has no deadline, so a cold disk cannot end in an error."""
    slow = Ticking()
    monkeypatch.setattr(slow, "step", 10.0)
    monkeypatch.setattr(Meter.__init__, "__defaults__", (slow,))
    assert engine.ask("tripod", budget=WHOLE).data().groups
