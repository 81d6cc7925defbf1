"""What one question learned from a model, the next need not ask."""

from __future__ import annotations

from pathlib import Path

from goeswith.engine.budget import Budget
from tests.fixtures.lmserver.camera import answer
from tests.fixtures.lmserver.engines import BIRDS, asking_engine
from tests.fixtures.lmserver.transport import FakeTransport

BUDGET = Budget(deadline_ms=60_000, lm_calls=12, lm_tokens=1_000_000)


def test_a_second_question_that_shares_types_asks_at_most_half(home: Path) -> None:
    with asking_engine(home, FakeTransport(answer), lm__calls_per_day=0) as (engine, _):
        first = engine.ask(BIRDS, budget=BUDGET)
        second = engine.ask("gear for filming birds at dawn", budget=BUDGET)
    assert (first.cache.tier, second.cache.tier) == ("none", "none")
    assert first.data().plan.source == second.data().plan.source == "lm"
    assert first.cost.lm_calls >= 4
    assert second.cost.lm_calls * 2 <= first.cost.lm_calls
