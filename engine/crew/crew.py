"""What a service asks of those who build for it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol, TypeVar

from goeswith.engine.crew.work import Tell, Work
from goeswith.engine.serving.background import BackgroundCounts

A = TypeVar("A")
R = TypeVar("R")


class Crew(Protocol):
    """Does works, `most` at a time. It is called on one event loop, and never makes it wait.

    Attributes:
        most: works that are done at the same time; the others wait in the order they came.
        ready: the index is open.
        restarts: how often those who build were lost and replaced.
    """

    most: int
    ready: bool
    restarts: int

    def submit(self, work: Work[A, R], argument: A, tell: Tell, trace: str = "") -> Future[R]:
        """Have a work done. Until it is begun the future can be cancelled.

        Args:
            work: what is done.
            argument: what it is done with.
            tell: hears of its steps, on whatever thread.
            trace: the trace that it goes on with, as `Tracer.carrier` gives it.
        """
        ...

    async def begin(self) -> None:
        """Be there for the works to come."""

    async def open(self) -> None:
        """Open the index that is current now, and be ready.

        Raises:
            GoeswithError: the index cannot be used.
        """

    async def flush(self) -> None:
        """Write to the home what was counted elsewhere, if that can be done soon."""

    async def end(self) -> None:
        """Begin no more works and let those end that were begun, within reason."""

    def breakers(self) -> list[tuple[str, str]]:
        """Return each language model that is asked, and the state of its breaker."""
        ...

    def counts(self) -> BackgroundCounts | None:
        """Return what became of the work that nobody waits for; None where none is done."""
        ...
