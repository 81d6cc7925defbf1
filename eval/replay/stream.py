"""Asks a stream of questions of one engine and notes where each answer came from."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from goeswith.engine.engine import Engine
from goeswith.engine.errors import QuestionError

Clock = Callable[[], float]

BUILT = "none"
"""The tier of an answer that was built for this ask."""


class Heard(msgspec.Struct, frozen=True):
    """One ask: its place in the stream, where the answer came from, and what it cost.

    `seconds` went by; `cpu_s` were computed meanwhile, by all threads of the process.
    """

    place: int
    tier: str
    seconds: float
    cpu_s: float = 0.0
    lm_calls: int = 0
    lm_tokens: int = 0
    empty: bool = False

    @property
    def hit(self) -> bool:
        """The answer was there already."""
        return self.tier != BUILT


def replayed(
    engine: Engine,
    stream: Sequence[str],
    *,
    tell: Callable[[int], None],
    use_cache: bool = True,
    clock: Clock = time.perf_counter,
    computed: Clock = time.process_time,
) -> list[Heard]:
    """Ask one question after the other. What cannot be read as a question is left out."""
    heard = []
    for place, text in enumerate(stream):
        began, before = clock(), computed()
        try:
            answer = engine.ask(text, use_cache=use_cache)
        except QuestionError:
            continue
        seconds, cpu_s = clock() - began, computed() - before
        cost = answer.cost
        empty = b'"groups":[]' in answer.body
        heard.append(
            Heard(place, answer.cache.tier, seconds, cpu_s, cost.lm_calls, cost.lm_tokens, empty)
        )
        tell(place + 1)
    return heard


def seconds_of(heard: Sequence[Heard]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the seconds of every ask."""
    return np.array([one.seconds for one in heard], dtype=np.float64)


def cpu_of(heard: Sequence[Heard]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the computed seconds of every ask."""
    return np.array([one.cpu_s for one in heard], dtype=np.float64)


def hits_of(heard: Sequence[Heard]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which asks were hits."""
    return np.array([one.hit for one in heard], dtype=np.bool_)
