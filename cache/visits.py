"""Which keys were asked for before, so that one visit pushes nothing out of a full memory."""

from __future__ import annotations

from goeswith.cache.slots import SLOTS


class Visits:
    """One mark for each slot. Losing a race between threads costs a read, no more."""

    def __init__(self) -> None:
        self._marks = bytearray(SLOTS)
        self._count = 0

    def again(self, slot: int) -> bool:
        """Return whether the slot is marked, and take the mark away; else leave one."""
        if self._marks[slot]:
            self._marks[slot] = 0
            return True
        self._marks[slot] = 1
        self._count += 1
        if self._count > SLOTS // 2:
            self._marks = bytearray(SLOTS)
            self._count = 0
        return False
