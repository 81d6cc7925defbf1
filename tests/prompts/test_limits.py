from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.prompts import BudgetSpentError, Cost, Tally
from goeswith.prompts.limits import Breaker, pause

ONE = Cost(calls=1, tokens=10, usd=0.01)


@pytest.mark.parametrize("bound", [{"calls": 2}, {"tokens": 25}, {"usd": 0.025}])
def test_a_tally_refuses_what_goes_over(bound: dict[str, int]) -> None:
    purse = Tally(**bound)
    purse.reserve("a", ONE)
    purse.reserve("b", ONE)
    with pytest.raises(BudgetSpentError, match="spent"):
        purse.reserve("c", ONE)
    purse.settle("a", ONE, Cost())
    purse.reserve("c", ONE)


def test_a_tally_counts_by_stage() -> None:
    purse = Tally()
    for stage, tokens in (("plan", 5), ("plan", 6), ("judge", 7)):
        purse.reserve(stage, ONE)
        purse.settle(stage, ONE, Cost(calls=1, tokens=tokens))
    assert purse.stages == {"plan": Cost(2, 11), "judge": Cost(1, 7)}
    assert purse.spent == Cost(3, 18)


def test_threads_never_overspend() -> None:
    purse, made = Tally(calls=50), []

    def spend() -> None:
        for _ in range(20):
            try:
                purse.reserve("s", ONE)
            except BudgetSpentError:
                return
            made.append(1)
            purse.settle("s", ONE, ONE)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 50


class Now:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_the_breaker_opens_probes_once_and_closes() -> None:
    now = Now()
    breaker = Breaker(now, threshold=2, cooldown=10.0)
    for _ in range(2):
        assert breaker.enter()
        breaker.fail()
        breaker.leave()
    assert breaker.wait() == 10.0
    assert not breaker.enter()
    now.at = 10.0
    assert [breaker.enter() for _ in range(50)].count(True) == 1
    breaker.fail()
    breaker.leave()
    assert breaker.wait() == 20.0, "a failed probe doubles the pause"
    now.at = 30.0
    assert breaker.enter()
    breaker.succeed()
    breaker.leave()
    assert breaker.state == "closed"
    assert all(breaker.enter() for _ in range(5))


def test_a_probe_that_says_nothing_frees_its_place() -> None:
    now = Now()
    breaker = Breaker(now, threshold=1, cooldown=1.0)
    assert breaker.enter()
    breaker.fail()
    now.at = 2.0
    assert breaker.enter()
    breaker.leave()
    assert breaker.enter()


def test_success_forgets_earlier_failures() -> None:
    breaker = Breaker(Now(), threshold=2)
    for _ in range(5):
        assert breaker.enter()
        breaker.fail()
        assert breaker.enter()
        breaker.succeed()
    assert breaker.state == "closed"


def test_a_hold_lets_nothing_through_for_its_time() -> None:
    now = Now()
    breaker = Breaker(now)
    breaker.hold(5.0)
    breaker.hold(1.0)
    assert not breaker.enter()
    assert breaker.wait() == 5.0
    now.at = 5.0
    assert breaker.enter()


@given(st.integers(0, 1000), st.integers())
def test_pauses_are_bounded(attempt: int, seed: int) -> None:
    assert 0.125 <= pause(attempt, random.Random(seed)) <= 8.0
