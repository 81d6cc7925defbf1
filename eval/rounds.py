"""Counts how often a question had to wait for a model: calls that wait together are one round."""

from __future__ import annotations

from collections.abc import Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from goeswith.prompts.loop import GRACE_S, OwnLoop

if TYPE_CHECKING:
    from goeswith.prompts import LM

T = TypeVar("T")


class Rounds:
    """How many rounds there were so far. A call begins one when an earlier call was waited for.

    A reply that is asked for again, because it could not be read, waits within its round.
    """

    def __init__(self) -> None:
        self.count = 0
        self._waited = True

    def asked(self) -> None:
        """A call was made."""
        if self._waited:
            self.count += 1
            self._waited = False

    def waited(self) -> None:
        """Somebody waits for what was asked."""
        self._waited = True


def counted(lm: LM, rounds: Rounds) -> LM:
    """Return the model, not called yet, with its rounds counted."""
    lm.loop = _Counting(rounds)
    return lm


class _Counting(OwnLoop):
    def __init__(self, rounds: Rounds) -> None:
        super().__init__()
        self._rounds = rounds

    def submit(self, work: Coroutine[object, object, T]) -> Future[T]:
        self._rounds.asked()
        return super().submit(work)

    def wait(self, future: Future[T], seconds: float | None, grace_s: float = GRACE_S) -> T:
        self._rounds.waited()
        return super().wait(future, seconds, grace_s)
