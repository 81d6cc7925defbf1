"""Names that were just seen to, and are left alone for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MOST = 10_000
"""Names that are remembered; the oldest go first."""


class Resting:
    """Remembers names for a while. Whoever shares it between threads holds a lock."""

    def __init__(self, pause_s: float, clock: Callable[[], float]) -> None:
        """Remember each name for `pause_s` seconds of a clock that never goes back."""
        self._pause = pause_s
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        until = self._until.get(name)
        return until is not None and until > self._clock()

    def add(self, name: str) -> None:
        """Leave a name alone from now on."""
        self._until[name] = self._clock() + self._pause
        self._until.move_to_end(name)
        while len(self._until) > MOST:
            self._until.popitem(last=False)

    def clear(self) -> None:
        """Forget every name."""
        self._until.clear()
