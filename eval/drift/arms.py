"""The arms of the drift study: each has answered before the catalog changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from goeswith.engine.engine import Engine
from goeswith.eval.arms.static import StaticArm
from goeswith.eval.distilled import distil
from goeswith.eval.drift.seen import Shown
from goeswith.eval.model import Asked
from goeswith.eval.stand import Stand

Clock = Callable[[], float]

EACH = 16
"""Products of a static answer that are held: about as many as an answer of the engine shows."""


class Told(msgspec.Struct, frozen=True):
    """What an arm shows for every question after a step.

    `hits` were kept from before. `repair_s` are the processor seconds that it takes to be right
    again: an arm that mends itself has spent them already.
    """

    shown: tuple[Shown, ...]
    hits: int
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
        return Told(self._held, len(self._held), seconds)

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
        return self._answered()

    def _answered(self) -> Told:
        shown: list[Shown] = []
        hits, seconds, calls = 0, 0.0, 0
        for asked in self._asked:
            began = self._clock()
            answer = self._engine.ask(asked.text, use_cache=self._use_cache)
            took = self._clock() - began
            calls += answer.cost.lm_calls
            if answer.cache.tier == "none":
                seconds += took
            else:
                hits += 1
            shown.append({p.sku: p.title for group in answer.data().groups for p in group.products})
        return Told(tuple(shown), hits, seconds, calls)
