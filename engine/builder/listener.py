"""Who hears of a build while it goes on: a stream to a browser, a progress line.

A listener is told, it is never asked: it cannot change an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from goeswith.engine.model import Edge, Group, Plan


class Listener(Protocol):
    """Hears the steps of one build, in order, on the thread that builds."""

    def planned(self, plan: Plan) -> None:
        """The plan is made. It may be told again when needs were found on the way."""
        ...

    def resolving(self, rank: int) -> None:
        """The needs of a rank are being resolved."""
        ...

    def resolved(self, group: Group, edges: Sequence[Edge]) -> None:
        """Products were chosen for a need. A circle may still cut one of the edges."""
        ...


class Deaf:
    """Hears nothing."""

    def planned(self, plan: Plan) -> None:
        """Hear nothing."""

    def resolving(self, rank: int) -> None:
        """Hear nothing."""

    def resolved(self, group: Group, edges: Sequence[Edge]) -> None:
        """Hear nothing."""
