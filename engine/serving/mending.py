"""Who builds again, when nobody waits for it, what an ask found stale or cut short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from goeswith.engine.budget import Budget
from goeswith.engine.request import Request
from goeswith.engine.serving.background import Background, BackgroundCounts

Build = Callable[[Request, Budget], object]


class Mends(Protocol):
    """Takes what an ask found."""

    def mend(self, name: str, request: Request, budget: Budget) -> bool:
        """Have a request built again unless that goes on under this name, or did a moment ago.

        Returns:
            Whether it was taken.
        """
        ...

    def counts(self) -> BackgroundCounts | None:
        """Return what became of it; None where nobody knows."""
        ...


class InBackground:
    """Mends in the background thread of this process."""

    def __init__(self, background: Background, build: Build) -> None:
        self._background = background
        self._build = build

    def mend(self, name: str, request: Request, budget: Budget) -> bool:
        """See `Mends.mend`."""
        return self._background.submit(name, lambda: self._build(request, budget))

    def counts(self) -> BackgroundCounts | None:
        """See `Mends.counts`."""
        return self._background.counts
