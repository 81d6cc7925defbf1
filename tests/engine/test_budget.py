"""Promise 4: a budget is never exceeded."""

from __future__ import annotations

import pytest

from goeswith.engine.budget import Budget, BudgetSpentError, Meter


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_stage_is_timed_and_adds_up() -> None:
    clock = Clock()
    meter = Meter(Budget(), clock)
    for seconds in (0.25, 0.5):
        with meter.stage("retrieve"):
            clock.now += seconds
    assert meter.stages == {"retrieve": 750.0}


def test_no_stage_starts_after_the_deadline() -> None:
    clock = Clock()
    meter = Meter(Budget(deadline_ms=100), clock)
    clock.now += 0.125
    with pytest.raises(BudgetSpentError, match="deadline"), meter.stage("plan"):
        pytest.fail("the stage began")


def test_a_stage_that_fails_is_still_counted() -> None:
    clock = Clock()
    meter = Meter(Budget(), clock)

    def fail() -> None:
        with meter.stage("gate"):
            clock.now += 1.0
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert meter.stages == {"gate": 1000.0}


def test_rounds_are_counted() -> None:
    meter = Meter(Budget(rounds=2), Clock())
    meter.require_round()
    meter.require_round()
    with pytest.raises(BudgetSpentError, match="rounds"):
        meter.require_round()
