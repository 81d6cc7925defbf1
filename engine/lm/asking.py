"""Asks the language model on behalf of one build, inside that build's budget.

Programs asked together are one round: they wait for the model at the same time. What a model or a
network does never raises here; a failure is a value, and `troubles` says what it means for the
answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from goeswith.engine.budget import Meter
from goeswith.engine.tracing import OFF, Span
from goeswith.prompts import Both, Call, Cost, Failed, Purse, Tally, preload
from goeswith.prompts.errors import CallError
from goeswith.prompts.loop import GRACE_S

if TYPE_CHECKING:
    from goeswith.engine.lm.spending import Ledger
    from goeswith.prompts import LM, Program

A = TypeVar("A")
R = TypeVar("R")

RESERVED = 0.12
"""Share of the deadline that no model call may use: the answer is finished in it."""

RESERVED_S = 0.15
"""Seconds that are kept at least, as far as they are no more than `AT_MOST` of the deadline."""

AT_MOST = 0.3

SPENT = "lm_budget"
"""The degraded reason of an answer for which the model could not be asked any more."""

LATE = "lm_deadline"
"""The degraded reason of an answer for which there was no time left to ask the model."""

_OWN_FAULT = frozenset({"bad_reply", "untrusted_reply", "nothing_asked"})
"""The model answered and its answer is no good. Asking again now would give the same."""


class Ask(msgspec.Struct, Generic[A, R], frozen=True):
    """One program to ask, about what, and under which name it is counted."""

    program: Program[A, R]
    about: A


class Language:
    """The model of an engine, who pays for it, and the versions that its words carry.

    Args:
        lm: the model.
        prompts: version of all programs.
        ledger: counts and caps the day; None counts nothing.
    """

    def __init__(self, lm: LM, prompts: str, ledger: Ledger | None = None) -> None:
        self.lm = lm
        self.ledger = ledger
        self.version = f"{lm.version}/{prompts}"

    def load(self) -> None:
        """Load DSPy and the HTTP client, so that no question's deadline pays for it."""
        preload()

    def asker(self, meter: Meter) -> Asker:
        """Return who asks for one build."""
        return Asker(self.lm, meter, self.ledger)


class Asker:
    """Asks for one build. `rounds` counts how often the build waited for the model."""

    def __init__(self, lm: LM, meter: Meter, ledger: Ledger | None = None) -> None:
        budget = meter.budget
        self._lm = lm
        self._meter = meter
        self._tally = Tally(budget.lm_calls, budget.lm_tokens, budget.usd)
        self._purse: Purse = Both(self._tally, ledger) if ledger else self._tally
        self.rounds = 0
        self.troubles: list[str] = []

    @property
    def calls_left(self) -> int:
        """How many calls the question may still make; 0 also when its time for them is over."""
        if self._left_s <= 0.0:
            return 0
        return max(0, self._meter.budget.lm_calls - self._tally.spent.calls)

    @property
    def lack(self) -> str:
        """The degraded reason for a call that cannot be made now."""
        return LATE if self._left_s <= 0.0 else SPENT

    @property
    def stages(self) -> dict[str, Cost]:
        """What each stage has cost so far."""
        return self._tally.stages

    def __call__(self, asks: Sequence[Ask[Any, Any]]) -> list[Any]:
        """Ask all at once and wait. Returns a result or a `Failed` for each, in order."""
        if not asks:
            return []
        self.rounds += 1
        self._meter.lm_rounds = self.rounds
        left = self._left_s
        if left <= 0.0 or not self._meter.budget.lm_calls:
            failed = Failed("deadline" if left <= 0.0 else "budget")
            return [self._noted(ask, failed) for ask in asks]
        deadline = self._lm.clock() + left
        with self._meter.stage("lm"):
            futures = [self._submitted(ask, deadline) for ask in asks]
            results = [self._result(future) for future in futures]
        spent = self._tally.spent
        self._meter.lm_calls, self._meter.lm_tokens = spent.calls, spent.tokens
        self._meter.lm_usd = spent.usd
        return [self._noted(ask, result) for ask, result in zip(asks, results, strict=True)]

    def _submitted(self, ask: Ask[Any, Any], deadline: float) -> Future[Any]:
        name, purse, tracer = ask.program.name, self._purse, self._meter.tracer
        if tracer is OFF:
            return ask.program.submit(self._lm, ask.about, Call(name, deadline, purse))
        span = tracer.begin("lm.call", program=name, model=self._lm.settings.model)
        own = Tally()
        call = Call(name, deadline, Both(purse, own))
        future = ask.program.submit(self._lm, ask.about, call)
        future.add_done_callback(lambda done: _told(span, done, own.spent))
        return future

    def _result(self, future: Future[Any]) -> Any:  # noqa: ANN401 - a program's own result
        try:
            # Half of what is kept is still there for the answer when the model's loop is late.
            return self._lm.loop.wait(future, self._left_s, min(GRACE_S, self._kept_s / 2))
        except CallError as error:
            return Failed(error.reason, error.detail)

    def _noted(self, ask: Ask[Any, Any], result: Any) -> Any:  # noqa: ANN401
        if isinstance(result, Failed) and result.reason not in _OWN_FAULT:
            told = SPENT if result.reason == "budget" else f"lm_{ask.program.name}_failed"
            self.troubles.append(told)
        return result

    @property
    def _left_s(self) -> float:
        return self._meter.left_s - self._kept_s

    @property
    def _kept_s(self) -> float:
        deadline_s = self._meter.budget.deadline_ms / 1000.0
        return max(RESERVED * deadline_s, min(RESERVED_S, AT_MOST * deadline_s))


def _told(span: Span, done: Future[Any], spent: Cost) -> None:
    """Say what became of an asking, in words of our own, and what it cost."""
    if done.cancelled():
        outcome = "cancelled"
    elif (error := done.exception()) is not None:
        outcome = type(error).__name__
    else:
        result = done.result()
        outcome = result.reason if isinstance(result, Failed) else "ok"
    span.tell(outcome=outcome, calls=spent.calls, tokens=spent.tokens, usd=spent.usd)
    span.end()
