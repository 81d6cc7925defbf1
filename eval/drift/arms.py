"""The arms of the drift study: each has answered before the catalog changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from goeswith.engine.answer import CacheInfo
from goeswith.engine.engine import Engine
from goeswith.eval.arms.static import StaticArm
from goeswith.eval.distilled import distil
from goeswith.eval.drift.seen import Shown
from goeswith.eval.errors import EvalError
from goeswith.eval.model import Asked
from goeswith.eval.stand import Stand

Clock = Callable[[], float]

EACH = 16
"""Products of a static answer that are held: about as many as an answer of the engine shows."""


State = Literal["kept", "refreshed", "dropped"]
"""What a step did to an answer: it stayed as it was, was shown once more while it was made anew in
the background, or was gone and made while the shopper waited."""

PATIENCE_S = 300.0


class Told(msgspec.Struct, frozen=True):
    """What an arm shows for every question after a step, and what the step did to each answer.

    `repair_s` are the processor seconds until every answer is right again: an arm that mends itself
    has spent them already.
    """

    shown: tuple[Shown, ...]
    states: tuple[State, ...]
    repair_s: float
    lm_calls: int = 0


class Drifting(Protocol):
    """An arm that has answered all questions once before the first step."""

    def after(self, stand: Stand) -> Told:
        """Answer all questions again, now that the catalog has changed."""
        ...


class StaticStore:
    """Answers made beforehand and looked up; they stay as they are until all are made again.

    What making them again costs is measured at every step, and the new ones are thrown away: this
    arm shows what a store is worth that nobody rebuilds.
    """

    def __init__(
        self, asked: Sequence[Asked], stand: Stand, clock: Clock = time.process_time
    ) -> None:
        self._asked = asked
        self._clock = clock
        self._held, _ = self._made(stand)

    def after(self, stand: Stand) -> Told:
        """Show what was made before the first step."""
        _, seconds = self._made(stand)
        kept: State = "kept"
        return Told(self._held, (kept,) * len(self._held), seconds)

    def _made(self, stand: Stand) -> tuple[tuple[Shown, ...], float]:
        began = self._clock()
        arm = StaticArm(stand, graph=distil(stand.shop))
        titles = stand.label
        held = tuple(
            {sku: titles(sku) for sku in arm.answer(asked).items[:EACH]} for asked in self._asked
        )
        return held, self._clock() - began


class Product:
    """The product itself. With a cache it keeps what it may and builds the rest when asked.

    Args:
        asked: the questions.
        engine: open on the home that changes; it stays the caller's to close.
        use_cache: without, every answer is built each time.
        clock: times the builds.
    """

    def __init__(
        self,
        asked: Sequence[Asked],
        engine: Engine,
        *,
        use_cache: bool,
        clock: Clock = time.process_time,
    ) -> None:
        self._asked = asked
        self._engine = engine
        self._use_cache = use_cache
        self._clock = clock
        self._answered()

    def after(self, stand: Stand) -> Told:
        """Ask again. The engine finds the new index by itself."""
        self._engine.reload()
        self._engine.warm()
        self._settle()
        return self._answered()

    def _answered(self) -> Told:
        shown: list[Shown] = []
        states: list[State] = []
        calls = 0
        began = self._clock()
        for asked in self._asked:
            answer = self._engine.ask(asked.text, use_cache=self._use_cache)
            calls += answer.cost.lm_calls
            states.append(state_of(answer.cache))
            shown.append({p.sku: p.title for group in answer.data().groups for p in group.products})
        self._settle()
        return Told(tuple(shown), tuple(states), self._clock() - began, calls)

    def _settle(self) -> None:
        background = self._engine.background
        if background is not None and not background.drain(PATIENCE_S):
            raise EvalError(f"Answers were still being refreshed after {PATIENCE_S:.0f} s.")


def state_of(cache: CacheInfo) -> State:
    """Return what became of an answer, from where it came."""
    if cache.tier == "none":
        return "dropped"
    return "refreshed" if cache.stale else "kept"
