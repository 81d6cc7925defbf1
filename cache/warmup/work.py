"""What a warm-up is given: a way to build one answer, and how much that may cost."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

import msgspec

from goeswith.cache.warmup.errors import LimitError


class Outcome(StrEnum):
    """What became of one question."""

    COMPLETE = "complete"
    """Stored: asked again, it is a hit."""

    EMPTY = "empty"
    """Stored as a question without an answer, which lives for a short time only."""

    FAILED = "failed"
    """Not stored; `Built.reason` says why."""


class Spend(msgspec.Struct, frozen=True):
    """LM calls, LM tokens and money in USD."""

    lm_calls: int = 0
    lm_tokens: int = 0
    usd: float = 0.0

    def plus(self, other: Spend, times: int = 1) -> Spend:
        """Return this and `times` the other."""
        return Spend(
            self.lm_calls + times * other.lm_calls,
            self.lm_tokens + times * other.lm_tokens,
            self.usd + times * other.usd,
        )


FREE = Spend()


def total_of(spends: Iterable[Spend]) -> Spend:
    """Add up. The order does not matter, not even for the last digit."""
    every = tuple(spends)
    return Spend(
        sum(spend.lm_calls for spend in every),
        sum(spend.lm_tokens for spend in every),
        math.fsum(spend.usd for spend in every),
    )


class Limits(msgspec.Struct, frozen=True):
    """What a warm-up may spend in all; None: as much as it takes.

    LM calls and money count over all runs of an interrupted warm-up, seconds for each run.
    """

    lm_calls: int | None = None
    usd: float | None = None
    seconds: float | None = None

    def passed(self, spent: Spend) -> str:
        """Return the name of the first limit that `spent` is over, or ""."""
        if self.lm_calls is not None and spent.lm_calls > self.lm_calls:
            return "lm_calls"
        if self.usd is not None and spent.usd > self.usd + 1e-9:
            return "usd"
        return ""

    def check(self, ceiling: Spend) -> None:
        """Raise LimitError when a limit does not suffice for one question."""
        if self.passed(ceiling) == "lm_calls":
            raise LimitError(
                f"One question may take {ceiling.lm_calls} LM calls, so a limit of {self.lm_calls} "
                "would build nothing. Raise --lm-calls, or lower budget.lm_calls."
            )
        if self.passed(ceiling):
            raise LimitError(
                f"One question may cost {ceiling.usd:.4f} USD, so a limit of {self.usd} would "
                "build nothing. Raise --usd, or lower budget.lm_tokens."
            )


UNLIMITED = Limits()


class Built(msgspec.Struct, frozen=True):
    """One question worked off: what became of it, how long it took, what it cost."""

    outcome: Outcome
    seconds: float
    spend: Spend = FREE
    reason: str = ""


class Worker(Protocol):
    """Builds and stores answers. Each process opens its own."""

    def build(self, text: str) -> Built:
        """Build the answer to a question as a live ask would, and store it before returning."""
        ...

    def close(self) -> None:
        """Release what the worker holds."""
        ...


class Spec(msgspec.Struct, frozen=True):
    """How any process opens a worker: `module:function`, called with `arguments` (JSON)."""

    factory: str
    arguments: str

    def open(self) -> Worker:
        """Open a worker in this process."""
        import importlib

        module, _, name = self.factory.partition(":")
        worker: Worker = getattr(importlib.import_module(module), name)(self.arguments)
        return worker


class Executor(Protocol):
    """Runs builds, at most `slots` at a time."""

    @property
    def slots(self) -> int:
        """How many questions may be under way."""
        ...

    def submit(self, key: str, text: str) -> None:
        """Begin to build a question. The caller keeps to `slots`."""
        ...

    def wait(self) -> list[tuple[str, Built]]:
        """Wait until something is done; return keys with what became of them.

        Raises:
            ExecutorError: Nothing can be built any more.
        """
        ...

    def close(self) -> None:
        """Stop the workers."""
        ...


def failed(error: BaseException) -> Built:
    """Return a failure by its kind. The message is left out: it may repeat the question."""
    return Built(Outcome.FAILED, 0.0, reason=type(error).__name__)
