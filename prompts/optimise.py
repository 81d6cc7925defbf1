"""Compiling a program: replies that turned out well become its demos (DSPy's BootstrapFewShot).

The score is the caller's, for example the gate's precision or the recall of retrieval over
labelled examples (the idea of Rec-R1, without training).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from goeswith.prompts.errors import Failed
from goeswith.prompts.limits import Purse
from goeswith.prompts.lm import LM, Call
from goeswith.prompts.program import Program
from goeswith.prompts.reply import ReplyError

A = TypeVar("A")
R = TypeVar("R")

Score = Callable[[A, R | Failed], float]
"""How good a result is for its asking, from 0.0 to 1.0. A `Failed` is scored too."""


class Optimised(msgspec.Struct, frozen=True):
    """Compiled state (state-only JSON, for `state/NAME.json`), mean scores before and after."""

    state: bytes
    before: float
    after: float


def optimise(
    program: Program[A, R],
    lm: LM,
    train: Sequence[A],
    held_out: Sequence[A],
    score: Score[A, R],
    *,
    purse: Purse,
    demos: int = 3,
    good: float = 0.8,
    seconds: float = 60.0,
) -> Optimised:
    """Choose demos among the program's own good replies and measure them on other examples.

    A reply with a score of `good` or more may become a demo. Every call is paid by `purse` under
    the stage "compile"; an asking of the held-out examples takes at most `seconds`. The state is
    returned even where it is worse: compare `before` and `after`.
    """
    from goeswith.prompts import _dspy

    plain = with_state(program, b"")

    def value(example: Any, prediction: Any, _trace: object = None) -> float:  # noqa: ANN401
        fields = {name: prediction.get(name) for name in program.question.fields}
        try:
            return score(example["asking"], program.read(example["asking"], fields))
        except ReplyError as error:
            return score(example["asking"], Failed("bad_reply", str(error)))

    def mean(candidate: Program[A, R]) -> float:
        results = [
            score(asking, candidate.ask(lm, asking, lm.within(seconds, "compile", purse)))
            for asking in held_out
        ]
        return sum(results) / len(results) if results else 0.0

    cap = max((program.room(asking) for asking in train), default=1024)
    state = _dspy.bootstrap(
        lm,
        plain.question,
        [(program.inputs(asking), asking) for asking in train],
        value,
        call=Call(stage="compile", purse=purse, cap=cap),
        demos=demos,
        good=good,
    )
    return Optimised(state, mean(plain), mean(with_state(program, state)))


def with_state(program: Program[A, R], state: bytes) -> Program[A, R]:
    """Return the program with another compiled state than the one that ships; b"" is none."""
    question = dataclasses.replace(program.question, compiled=state)
    return dataclasses.replace(program, question=question)
