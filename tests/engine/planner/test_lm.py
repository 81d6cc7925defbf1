"""When a model is asked for a plan, and when the shop's own knowledge fills one."""

from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.engine.budget import Budget
from tests.fixtures.lmserver.engines import asking_engine
from tests.fixtures.lmserver.server import inputs_of

QUESTIONS = ("what goes with mirrorless camera", "accessories for Canon EOS R10")


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_plan_that_the_shop_fills_is_not_asked_for(home: Path, text: str) -> None:
    with asking_engine(home) as (engine, asked):
        told = engine.ask(text, budget=Budget(deadline_ms=60_000, needs=3)).data()
    assert not asked.bodies
    assert told.plan.source == "knowledge"
    assert len(told.groups) == 3


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_plan_with_room_left_is_asked_for(home: Path, text: str) -> None:
    with asking_engine(home) as (engine, asked):
        engine.ask(text, budget=Budget(deadline_ms=60_000))
    assert asked.asked["plan"] == 1


def test_a_model_is_told_the_shops_own_name_and_what_baskets_join_with_it(home: Path) -> None:
    with asking_engine(home) as (engine, asked):
        engine.ask(QUESTIONS[0], budget=Budget(deadline_ms=60_000))
    told = next(given for body in asked.bodies if "sold_here" in (given := inputs_of(body)))
    assert told["question"] == "what goes with mirrorless cameras"
    assert not set(told["bought_with_it"]) & set(told["sold_here"])
    assert "mirrorless cameras" in told["sold_here"]
