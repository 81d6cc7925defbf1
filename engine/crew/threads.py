"""Works done in threads of the process that serves. They share its interpreter with the hits."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from goeswith.engine.crew.work import Tell, Work, silent
from goeswith.engine.crew.works import OPEN
from goeswith.engine.engine import Engine
from goeswith.engine.serving.background import BackgroundCounts

A = TypeVar("A")
R = TypeVar("R")


class Threads:
    """See `Crew`. The engine stays its owner's to close."""

    restarts = 0

    def __init__(self, engine: Engine, most: int) -> None:
        """Do `most` works at a time with this engine."""
        self.most = most
        self.ready = False
        self._engine = engine
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="goeswith-serve")

    def submit(self, work: Work[A, R], argument: A, tell: Tell, trace: str = "") -> Future[R]:  # noqa: ARG002
        """See `Crew.submit`. The trace goes on by itself, in the context of who asks."""
        run = contextvars.copy_context().run
        return self._pool.submit(run, work.run, self._engine, argument, tell)

    async def begin(self) -> None:
        """See `Crew.begin`."""

    async def open(self) -> None:
        """See `Crew.open`."""
        await asyncio.to_thread(OPEN.run, self._engine, None, silent)
        self.ready = True

    async def flush(self) -> None:
        """See `Crew.flush`. The counters are those of this process."""

    async def end(self) -> None:
        """See `Crew.end`."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def breakers(self) -> list[tuple[str, str]]:
        """See `Crew.breakers`."""
        return self._engine.breakers()

    def counts(self) -> BackgroundCounts | None:
        """See `Crew.counts`."""
        return None if self._engine.background is None else self._engine.background.counts
