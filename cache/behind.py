"""Writing behind whoever has something to keep: readable at once, on the disk a moment later.

One thread at a time writes batches in the order they came, and ends when none is left. The queue
is bounded: what does not fit is not taken. Knows nothing of what the rows are.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

_LOG = logging.getLogger(__name__)

R = TypeVar("R")


class _Batch(NamedTuple, Generic[R]):
    """Rows by head, and the store's generation when they were begun."""

    rows: dict[str, list[R]]
    since: int


class Behind(Generic[R]):
    """Batches of rows on their way to a store. Safe for threads."""

    def __init__(self, write: Callable[[list[R], int], object], *, most: int = 4_096) -> None:
        """Begin with nothing to write.

        Args:
            write: Writes the rows of a batch, given the generation they were begun at.
            most: How many rows may wait.
        """
        self.lost = 0
        self._write = write
        self._most = most
        self._changed = threading.Condition()
        self._waiting: deque[_Batch[R]] = deque()
        self._count = 0
        self._thread: threading.Thread | None = None

    def put(self, rows: Iterable[tuple[str, R]], since: int) -> int:
        """Take rows, each with its head; return how many were taken: all, or none."""
        by_head: dict[str, list[R]] = defaultdict(list)
        for head, row in rows:
            by_head[head].append(row)
        count = sum(map(len, by_head.values()))
        with self._changed:
            if self._count + count > self._most:
                self.lost += count
                _LOG.warning("%d edges are not kept: too many wait to be written.", count)
                return 0
            if not count:
                return 0
            self._waiting.append(_Batch(dict(by_head), since))
            self._count += count
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="goeswith-behind", daemon=True
                )
                self._thread.start()
        return count

    def of(self, head: str) -> list[tuple[R, int]]:
        """Return the rows of a head that wait, the oldest first, each with its generation."""
        if not self._waiting:
            return []
        with self._changed:
            return [(row, b.since) for b in self._waiting for row in b.rows.get(head, ())]

    def flush(self, timeout_s: float | None = None) -> bool:
        """Wait until all that was taken is written; return whether that came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._thread = None
                    return
                batch = self._waiting[0]
            rows = [row for rows in batch.rows.values() for row in rows]
            written = self._written(rows, batch.since)
            with self._changed:
                # Only now: until it can be read from the store, it is read from here.
                self._waiting.popleft()
                self._count -= len(rows)
                self.lost += 0 if written else len(rows)
                self._changed.notify_all()

    def _written(self, rows: list[R], since: int) -> bool:
        try:
            self._write(rows, since)
        except Exception as error:  # noqa: BLE001
            # Whatever it is, the thread goes on: there may be more to write, and readers wait.
            _LOG.warning("%d edges are not kept: %s", len(rows), type(error).__name__)
            return False
        return True
