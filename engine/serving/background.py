"""Work that no shopper waits for: refreshing stale answers, finishing those that were cut short.

One thread, a bounded queue, and each thing at most once at a time. What does not fit is left out
and counted: the next ask asks for it again. Closing waits for what was accepted, but not for ever.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from goeswith.engine.budget import Budget
from goeswith.engine.serving.resting import Resting

_LOG = logging.getLogger(__name__)

UNHURRIED_MS = 60_000
"""The deadline of a build that nobody waits for, at least."""

Clock = Callable[[], float]


def unhurried(asked: Budget, own: Budget) -> Budget:
    """Return what a build that nobody waits for may cost, so that an answer becomes whole.

    Whoever asked may have wanted to pay little; all who ask later share what comes of it. The
    answer's size stays as it was asked for, because it belongs to its key.

    Args:
        asked: the budget of the answer that was cut short or is stale.
        own: the operator's.
    """
    return msgspec.structs.replace(
        asked,
        deadline_ms=max(asked.deadline_ms, own.deadline_ms, UNHURRIED_MS),
        **{
            name: max(getattr(asked, name), getattr(own, name))
            for name in ("lm_calls", "lm_tokens", "usd", "rounds")
        },
    )


class BackgroundCounts(msgspec.Struct):
    """What became of the work. `refused` found the queue full, `left` was unfinished at the end."""

    done: int = 0
    failed: int = 0
    refused: int = 0
    left: int = 0


class Background:
    """Runs work by name. Safe for threads; a forked child starts with an empty queue."""

    def __init__(
        self,
        *,
        most: int = 256,
        pause_s: float = 60.0,
        patience_s: float = 10.0,
        clock: Clock = time.monotonic,
    ) -> None:
        """Start nothing yet; the thread starts with the first work.

        Args:
            most: How many things may wait.
            pause_s: How long a name is not taken again after it was worked on, in seconds.
            patience_s: How long `close` waits for what is still to do, in seconds.
            clock: Gives seconds that never go back.
        """
        self.counts = BackgroundCounts()
        self._most = most
        self._patience = patience_s
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, Callable[[], object]] = OrderedDict()
        self._working = ""
        self._rested = Resting(pause_s, clock)
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, name: str, work: Callable[[], object]) -> bool:
        """Take work, unless work of that name waits, runs, or ran a moment ago."""
        with self._changed:
            known = name in self._waiting or name == self._working
            if self._closed or known or name in self._rested:
                return False
            if len(self._waiting) >= self._most:
                self.counts.refused += 1
                return False
            self._waiting[name] = work
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="goeswith-background", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()
        return True

    def drain(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is left to do; return whether that came within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(self._idle, timeout_s)

    def close(self) -> None:
        """Take nothing more, and finish what was taken, as far as patience goes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if not self._changed.wait_for(self._idle, self._patience):
                self.counts.left = len(self._waiting) + bool(self._working)
                self._waiting.clear()
                _LOG.warning(
                    "%d answers were not refreshed before the end. They are next time.",
                    self.counts.left,
                )

    def _idle(self) -> bool:
        alive = self._thread is not None and self._thread.is_alive()
        return not alive or not (self._waiting or self._working)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                self._working, work = self._waiting.popitem(last=False)
            failed = False
            try:
                work()
            except Exception as error:  # noqa: BLE001
                # The message may hold a shopper's words.
                _LOG.warning("Work in the background failed: %s", type(error).__name__)
                failed = True
            with self._changed:
                self.counts.failed += failed
                self.counts.done += not failed
                self._rested.add(self._working)
                self._working = ""
                self._changed.notify_all()
