"""Rounds of waiting for a model."""

from __future__ import annotations

from goeswith.eval.rounds import Rounds
from goeswith.prompts.lm import Call
from tests.eval.teacher import Teacher, taught

MESSAGES = [{"role": "user", "content": "x"}]
SCHEMA: dict[str, object] = {"type": "object", "properties": {"summary": {"type": "string"}}}


def test_calls_that_wait_together_are_one_round() -> None:
    rounds = Rounds()
    with taught(Teacher(), rounds) as lm:
        for together in (1, 3, 2):
            asked = [lm.loop.submit(lm.on_loop(MESSAGES, SCHEMA, Call())) for _ in range(together)]
            assert all(lm.loop.wait(one, 5.0).text for one in asked)
    assert rounds.count == 3


def test_calls_in_sequence_are_a_round_each() -> None:
    rounds = Rounds()
    with taught(Teacher(), rounds) as lm:
        for _ in range(4):
            lm.complete(MESSAGES, SCHEMA, Call())
    assert rounds.count == 4
