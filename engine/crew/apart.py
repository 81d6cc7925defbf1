"""Works done in a process of their own, which is started, watched and started again.

The service keeps the queue. What was not begun when the process was lost is done by the next one;
what was begun fails with an error that says so. Hits never notice.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import msgspec

from goeswith.engine.budget import Budget
from goeswith.engine.crew.link import Link
from goeswith.engine.crew.wire import (
    Do,
    Done,
    Failed,
    Mend,
    Report,
    Start,
    State,
    Step,
    error_of,
    unpacked,
)
from goeswith.engine.crew.work import Tell, Work, silent
from goeswith.engine.crew.works import FLUSH, OPEN, WORKS
from goeswith.engine.errors import BuilderLostError, GoeswithError
from goeswith.engine.request import Request
from goeswith.engine.serving.background import BackgroundCounts
from goeswith.engine.serving.resting import Resting
from goeswith.engine.settings import Settings

A = TypeVar("A")
R = TypeVar("R")

EARLY_S = 5.0
"""A process that ends sooner than this after its start may well do so again."""

PAUSES_S = (0.0, 0.1, 0.5, 2.0, 5.0)
"""Before another is started, by how many ended early in a row."""

PATIENCE_S = 15.0
FLUSH_S = 1.0
REST_S = 60.0

LOST = "The process that built this answer was lost. Another is started; ask again in a moment."

_LOG = logging.getLogger("goeswith.crew")


class _Task(msgspec.Struct):
    """A work that waits or is done."""

    order: Do
    tell: Tell
    future: Future[Any]
    waits: bool


class Apart:
    """See `Crew`. Lives on one event loop."""

    def __init__(
        self,
        settings: Settings,
        most: int,
        *,
        start: Callable[[socket.socket], subprocess.Popen[bytes]] | None = None,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start nothing yet.

        Args:
            settings: What the engine of the process is opened with.
            most: Works at a time.
            start: Starts a process at the other end of a socket.
            patience_s: How long it has to end once this end is closed, in seconds.
            clock: Gives seconds that never go back.
        """
        self.most = most
        self.ready = False
        self.restarts = 0
        self._settings = settings
        self._start = start or start_child
        self._patience = patience_s
        self._clock = clock
        self._ids = itertools.count(1)
        self._waiting: deque[_Task] = deque()
        self._running: dict[int, _Task] = {}
        self._link: Link | None = None
        self._state = State([], None)
        self._rested = Resting(REST_S, clock)
        self._keeping: asyncio.Task[None] | None = None
        self._ending = False
        self._refusal: Exception | None = None

    def submit(self, work: Work[A, R], argument: A, tell: Tell, trace: str = "") -> Future[R]:
        """See `Crew.submit`."""
        return self._submit(work, argument, tell, trace, waits=True)

    def mend(self, name: str, request: Request, budget: Budget) -> bool:
        """Have an answer built again in the background, once in a while for each name.

        Returns:
            Whether it was passed on.
        """
        if self._link is None or name in self._rested:
            return False
        self._rested.add(name)
        self._link.send(Mend(name, request, budget))
        return True

    async def begin(self) -> None:
        """See `Crew.begin`."""
        self._keeping = asyncio.create_task(self._keep())

    async def open(self) -> None:
        """See `Crew.open`."""
        await asyncio.wrap_future(self._submit(OPEN, None, silent, "", waits=False))
        self.ready = True

    async def flush(self) -> None:
        """See `Crew.flush`."""
        if self._link is None:
            return
        done = asyncio.wrap_future(self._submit(FLUSH, None, silent, "", waits=False))
        try:
            await asyncio.wait_for(done, FLUSH_S)
        except (TimeoutError, GoeswithError):
            _LOG.warning("What the builder counted was not written within %.0f s.", FLUSH_S)

    async def end(self) -> None:
        """See `Crew.end`."""
        self._ending = True
        if self._link is not None:
            self._link.close()
        if self._keeping is not None:
            await self._keeping
        self._fail(list(self._waiting), BuilderLostError("The service is about to end."))
        self._waiting.clear()

    def breakers(self) -> list[tuple[str, str]]:
        """See `Crew.breakers`."""
        return self._state.breakers

    def counts(self) -> BackgroundCounts | None:
        """See `Crew.counts`."""
        return self._state.counts

    def _submit(
        self, work: Work[A, R], argument: A, tell: Tell, trace: str, *, waits: bool
    ) -> Future[R]:
        packed = msgspec.Raw(msgspec.msgpack.encode(argument))
        task = _Task(Do(next(self._ids), work.name, packed, trace), tell, Future(), waits)
        if waits:
            self._waiting.append(task)
        else:
            self._waiting.appendleft(task)
        self._pump()
        return task.future

    def _pump(self) -> None:
        """Send what there is room for. What does not wait stands in front and needs none."""
        while self._link is not None and self._waiting:
            task = self._waiting[0]
            if task.waits and sum(each.waits for each in self._running.values()) >= self.most:
                return
            self._waiting.popleft()
            if task.future.set_running_or_notify_cancel():
                self._running[task.order.id] = task
                self._link.send(task.order)

    def _heard(self, report: Report) -> None:
        match report:
            case Step(number, name, data):
                task = self._running.get(number)
                if task is not None:
                    task.tell(name, data)
            case Done(number, result):
                # Read before it is taken off: what cannot be read fails with the process.
                gave = unpacked(WORKS[self._running[number].order.work].gives, result)
                self._running.pop(number).future.set_result(gave)
                self._pump()
            case Failed(0):
                self._refusal = error_of(report)
            case Failed(number):
                self._running.pop(number).future.set_exception(error_of(report))
                self._pump()
            case State():
                self._state = report

    async def _keep(self) -> None:
        """Have a process at the other end, until the end."""
        early = 0
        while not self._ending:
            began = self._clock()
            code = await self._live()
            lived = self._clock() - began
            if self._ending:
                return
            self.restarts += 1
            early = early + 1 if lived < EARLY_S else 0
            _LOG.error("The process that builds ended with %s after %.0f s.", code, lived)
            await asyncio.sleep(PAUSES_S[min(early, len(PAUSES_S) - 1)])

    async def _live(self) -> int | None:
        """Start a process, serve it works until it is lost; return its exit code."""
        ours, theirs = socket.socketpair()
        begun = asyncio.get_running_loop().create_future()
        link = Link(self._heard, begun)
        try:
            with theirs:
                process = await asyncio.to_thread(self._start, theirs)
        except OSError as error:
            ours.close()
            self._lost(begun=False, why=BuilderLostError(f"No process to build in: {error}"))
            return None
        await link.connect(ours)
        link.send(Start(self._settings, self.most))
        opening: asyncio.Task[None] | None = None
        if await begun and not self._ending:
            self._link = link
            self._rested.clear()
            self._pump()
            if self.restarts:
                opening = asyncio.create_task(self._open_again())
        if self._ending:
            link.close()
        await link.lost
        self._link = None
        self.ready = False
        self._state = State([], self._state.counts)
        self._lost(begun=begun.result(), why=self._refusal or BuilderLostError(LOST))
        self._refusal = None
        if opening is not None:
            await opening
        return await asyncio.to_thread(self._reap, process)

    async def _open_again(self) -> None:
        try:
            await self.open()
        except GoeswithError as error:
            _LOG.error("The index cannot be loaded, so only hits are served. %s", error)

    def _lost(self, *, begun: bool, why: Exception) -> None:
        """Fail what was begun. What waits is for the next process, if this one was good for any."""
        lost = list(self._running.values())
        self._running.clear()
        if not begun:
            lost += [task for task in self._waiting if task.future.set_running_or_notify_cancel()]
            self._waiting.clear()
        self._fail(lost, why)

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        """Wait until a process has ended, and end it if it does not."""
        try:
            return process.wait(self._patience)
        except subprocess.TimeoutExpired:
            _LOG.error("The process that builds did not end within %.0f s.", self._patience)
            process.kill()
            return process.wait()

    def _fail(self, tasks: list[_Task], why: Exception) -> None:
        for task in tasks:
            if not task.future.done():
                task.future.set_exception(why)


def start_child(stream: socket.socket) -> subprocess.Popen[bytes]:
    """Start a process that builds, at the other end of a socket.

    What it prints goes to standard error: standard output holds the access log.
    """
    number = stream.fileno()
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "goeswith.engine.crew.child", str(number)],
        pass_fds=(number,),
        stdin=subprocess.DEVNULL,
        stdout=2,
    )
