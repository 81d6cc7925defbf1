import logging
import threading

import pytest

from goeswith.engine.budget import Budget
from goeswith.engine.serving.background import UNHURRIED_MS, Background, unhurried


def test_work_is_done_and_closing_waits_for_it() -> None:
    done: list[int] = []
    background = Background()
    for number in range(20):
        assert background.submit(str(number), lambda n=number: done.append(n))  # type: ignore[misc]
    background.close()
    assert done == list(range(20))
    assert background.counts.done == 20
    assert not background.submit("late", lambda: None)


def test_the_same_name_waits_only_once_and_rests_afterwards() -> None:
    now = [0.0]
    background = Background(clock=lambda: now[0], pause_s=60.0)
    gate = threading.Event()
    assert background.submit("a", gate.wait)
    assert not background.submit("a", gate.wait)
    gate.set()
    assert background.drain(10.0)
    assert not background.submit("a", gate.wait)
    now[0] = 61.0
    assert background.submit("a", gate.wait)
    background.close()


def test_a_full_queue_refuses_and_says_so() -> None:
    background = Background(most=2)
    gate = threading.Event()
    taken = [background.submit(str(number), gate.wait) for number in range(9)]
    assert 2 <= sum(taken) <= 3
    assert background.counts.refused == 9 - sum(taken)
    gate.set()
    background.close()


def test_closing_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    background = Background(patience_s=0.05)
    gate = threading.Event()
    background.submit("slow", gate.wait)
    background.submit("after", gate.wait)
    with caplog.at_level(logging.WARNING):
        background.close()
    assert background.counts.left == 2
    assert "next time" in caplog.text
    gate.set()
    assert background.drain(10.0)


def test_a_failure_is_counted_told_without_words_and_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    background = Background()
    done: list[int] = []

    def fail() -> None:
        raise ValueError("jo.doe@example.org")

    background.submit("bad", fail)
    background.submit("good", lambda: done.append(1))
    background.close()
    assert (done, background.counts.failed) == ([1], 1)
    assert "ValueError" in caplog.text
    assert "jo.doe" not in caplog.text


def test_an_answer_is_finished_at_the_operators_expense_and_as_large_as_it_was_asked() -> None:
    asked = Budget(
        deadline_ms=300, lm_calls=1, lm_tokens=500, usd=0.0, needs=3, products=2, edges=9
    )
    own = Budget(deadline_ms=2_000, lm_calls=8, lm_tokens=20_000, usd=0.05, rounds=6)
    patient = unhurried(asked, own)
    assert (patient.needs, patient.products, patient.edges) == (3, 2, 9)
    assert (patient.lm_calls, patient.lm_tokens, patient.usd) == (8, 20_000, 0.05)
    assert patient.deadline_ms == UNHURRIED_MS
    assert unhurried(own, asked).lm_calls == 8, "never less than what was asked for"
