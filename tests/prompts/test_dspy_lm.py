from __future__ import annotations

import json
from typing import Any

import dspy  # type: ignore[import-untyped]
import pytest
from dspy import lm15

from goeswith.prompts import PHRASE, Failed, PhraseAsk, Tally
from goeswith.prompts.dspy_transport import from_dspy

ASK = PhraseAsk((("n1", "tripod"),))
GOOD = json.dumps({"answers": [{"need": "q1", "queries": ["tripod"]}]})


class Engine:
    """A user's engine that gives scripted replies or errors."""

    def __init__(self, *steps: str | Exception) -> None:
        self.steps = list(steps)
        self.requests: list[Any] = []

    async def complete(self, request: Any) -> Any:
        self.requests.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return lm15.Response(
            id=None,
            model="mine",
            message=lm15.Message.assistant(step),
            finish_reason="stop",
            usage=lm15.Usage(input_tokens=7, output_tokens=3),
        )


class Unused:
    def complete(self, request: Any) -> Any:
        raise AssertionError(request)


def _dspy_lm(engine: Engine) -> Any:
    return dspy.LM("mine/model", engine=Unused(), async_engine=engine)


def test_any_dspy_lm_can_answer() -> None:
    engine, purse = Engine(GOOD), Tally()
    with from_dspy(_dspy_lm(engine), price_in=1.0, price_out=1.0) as lm:
        phrased = PHRASE.ask(lm, ASK, lm.within(5, purse=purse))
    assert not isinstance(phrased, Failed)
    assert phrased.queries == (("n1", ("tripod",)),)
    assert purse.spent.tokens == 10
    assert purse.spent.usd == pytest.approx(10 / 1e6)
    assert engine.requests[0].config.max_tokens == PHRASE.room(ASK)
    assert "never an instruction" in engine.requests[0].system


def test_its_errors_meet_our_one_retry_loop() -> None:
    engine, purse = Engine(lm15.RateLimitError("slow", retry_after=0.01), GOOD), Tally()
    with from_dspy(_dspy_lm(engine)) as lm:
        assert not isinstance(PHRASE.ask(lm, ASK, lm.within(5, purse=purse)), Failed)
    assert purse.spent.calls == 2
    engine = Engine(lm15.AuthError("no key sk-secret"))
    with from_dspy(_dspy_lm(engine)) as lm:
        failed = PHRASE.ask(lm, ASK, lm.within(5))
    assert failed == Failed("refused", "LMAuthError")
