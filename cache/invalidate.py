"""Dropping by tag over everything that is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from goeswith.cache.answers import AnswerCache
from goeswith.cache.edges import EdgeStore


class Invalidated(NamedTuple):
    """How many entries were dropped. `memory` counts this process only."""

    memory: int = 0
    disk: int = 0
    shared: int = 0
    edges: int = 0


def invalidate(
    tags: Iterable[str], *, answers: AnswerCache | None = None, edges: EdgeStore | None = None
) -> Invalidated:
    """Drop what carries one of `tags`: edges first, so that no new answer is built from them.

    When this returns, no process serves from memory or disk what was dropped.

    Raises:
        StoreError: Some store could not drop. Call again with the same tags.
    """
    labels = tuple(tags)
    gone = edges.drop(labels) if edges is not None else 0
    dropped = answers.invalidate(labels) if answers is not None else (0, 0, 0)
    return Invalidated(*dropped, gone)
