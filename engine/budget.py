"""What one question may spend, and the meter that enforces it before each step.

A build asks the meter before it does something. The meter raises `BudgetSpentError` instead of
letting the step start, so a limit is never passed; the builder then finishes with what it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from msgspec import Meta

from goeswith.engine.tracing import OFF, Tracer

Clock = Callable[[], float]
"""Seconds from a monotonic clock."""


UNUSABLE_PLAN = "lm_plan_unusable"
"""The degraded reason of an answer that knowledge planned because a model's reply was no plan."""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one question may cost. A build that reaches a limit answers with what it has."""

    deadline_ms: Annotated[
        int, Meta(ge=1, le=600_000, description="Wall clock for one question, in milliseconds.")
    ] = 2_000
    lm_calls: Annotated[
        int, Meta(ge=0, le=1_000, description="LM calls for one question; 0 never calls one.")
    ] = 8
    lm_tokens: Annotated[
        int, Meta(ge=0, le=10_000_000, description="LM tokens, prompt and reply, for one question.")
    ] = 20_000
    usd: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1_000.0,
            description="US dollars that LM calls for one question may cost, where the model's "
            "price is known.",
        ),
    ] = 0.05
    needs: Annotated[
        int, Meta(ge=1, le=64, description="Needs in a plan, besides what the shopper has.")
    ] = 12
    products: Annotated[int, Meta(ge=1, le=100, description="Products shown for one need.")] = 4
    edges: Annotated[int, Meta(ge=0, le=10_000, description="Edges in one subgraph.")] = 150
    rounds: Annotated[
        int, Meta(ge=1, le=32, description="Ranks of the plan that are worked through in sequence.")
    ] = 6


class BudgetSpentError(Exception):
    """A step may not start. `reason` is one of the words used in an answer's `degraded` list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Meter:
    """Counts what a build has spent against its budget.

    Args:
        budget: the limits.
        clock: monotonic seconds; tests pass their own.
        tracer: hears of every stage.
    """

    def __init__(self, budget: Budget, clock: Clock = time.monotonic, tracer: Tracer = OFF) -> None:
        self.budget = budget
        self.tracer = tracer
        self._clock = clock
        self._started = clock()
        self._rounds = 0
        self.lm_calls = 0
        self.lm_tokens = 0
        self.lm_usd = 0.0
        self.lm_rounds = 0
        self.stages: dict[str, float] = {}

    @property
    def wall_ms(self) -> float:
        """Milliseconds since the build began."""
        return (self._clock() - self._started) * 1000.0

    @property
    def left_s(self) -> float:
        """Seconds until the deadline, negative after it."""
        return (self.budget.deadline_ms - self.wall_ms) / 1000.0

    def require_time(self) -> None:
        """Raise `BudgetSpentError` when the deadline has passed."""
        if self.wall_ms >= self.budget.deadline_ms:
            raise BudgetSpentError("deadline")

    def require_round(self) -> None:
        """Begin a rank. Raises `BudgetSpentError` when all rounds are used or time is up."""
        self.require_time()
        if self._rounds >= self.budget.rounds:
            raise BudgetSpentError("rounds")
        self._rounds += 1

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage. Refuses to start it after the deadline."""
        self.require_time()
        began = self._clock()
        try:
            with self.tracer.span(name):
                yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + (self._clock() - began) * 1000.0
