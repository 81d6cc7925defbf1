"""Several processes that serve from one socket: started, watched, restarted, ended together."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

EARLY_S = 5.0
"""A worker that ends sooner than this after its start failed to start."""

AFTER_S = 20.0
"""Besides draining: what was taken into the background is finished, and a builder ends."""

MOST_EARLY = 3
"""So many early ends in a row, and the service gives up."""

_LOG = logging.getLogger("goeswith.http")


class Workers:
    """The worker processes of one service. They are forked, so the socket is theirs as well."""

    def __init__(self, count: int, run: Callable[[int], int], drain_s: float) -> None:
        """Keep `count` processes that call `run`, and give them `drain_s` to end.

        Each is told its number, from 0; one that replaces another has the other's.
        """
        self._count = count
        self._run = run
        self._patience = drain_s + AFTER_S
        self._fork = multiprocessing.get_context("fork")
        self._workers: dict[BaseProcess, tuple[int, float]] = {}
        self._ending = False
        self._early = 0

    def watch(self) -> int:
        """Run until a signal; return the exit code."""
        wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

        def end(_signal: int, _frame: FrameType | None) -> None:
            self._ending = True
            os.write(waker, b"\0")

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, end)
        for number in range(self._count):
            self._start(number)
        while not self._ending:
            wait([wake, *(worker.sentinel for worker in self._workers)])
            if not self._ending:
                self._replace()
        return self._end()

    def _start(self, number: int) -> None:
        worker = self._fork.Process(target=self._work, args=(number,))
        worker.start()
        self._workers[worker] = (number, time.monotonic())

    def _work(self, number: int) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_DFL)
        sys.exit(self._run(number))

    def _replace(self) -> None:
        for worker in [worker for worker in self._workers if worker.exitcode is not None]:
            number, began = self._workers.pop(worker)
            lived = time.monotonic() - began
            self._early = self._early + 1 if lived < EARLY_S else 0
            _LOG.error("A worker ended with %s after %.0f s.", worker.exitcode, lived)
            if self._early >= MOST_EARLY:
                _LOG.error("Workers end as soon as they start; giving up.")
                self._ending = True
                return
            self._start(number)

    def _end(self) -> int:
        for worker in self._workers:
            worker.terminate()
        until = time.monotonic() + self._patience
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))
            if worker.exitcode is None:
                worker.kill()
                worker.join()
        return 1 if self._early >= MOST_EARLY else 0
