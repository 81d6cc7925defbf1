"""Single flight: however many ask for the same key at once, one builds and all get the result.

In a process, callers of one key (threads and tasks, in any mix) share one flight. Its work runs
detached from every caller: whoever is cancelled or gives up, the leader too, harms nobody. An
error reaches all who wait and is not kept.

Across processes, the leader of a flight holds a lock file while it builds, and looks in the store
again once it has the lock. So `build` must have stored its result before it returns. The system
frees the lock when its holder dies; the next in line then builds.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from filelock import FileLock, Timeout

from goeswith.cache.keys import key_number

T = TypeVar("T")

SHARDS = 4_096
"""Lock files at most. Two keys on one file build one after the other, across processes."""

_LOG = logging.getLogger("goeswith.cache")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.05


class Counts(msgspec.Struct):
    """Flights led, calls that joined one, flights that found the result stored, and lock trouble.

    `unlocked` counts flights that went on without the lock of the other processes.
    """

    led: int = 0
    joined: int = 0
    found: int = 0
    unlocked: int = 0


class _AbandonedError(Exception):
    """The event loop that led the flight was closed."""


class Flights(Generic[T]):
    """The flights of one process and, with a folder, of every process that uses the folder."""

    def __init__(self, folder: Path | None = None, *, patience_s: float = 60.0) -> None:
        """Share flights with other processes through `folder`, if one is given.

        Args:
            folder: Made with mode 0700 if it is missing.
            patience_s: How long to wait for another process before building all the same, so
                that a hung process does not stop the others.
        """
        self.counts = Counts()
        self._folder = folder
        self._patience = patience_s
        self._start()
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def do(
        self,
        key: str,
        build: Callable[[], T],
        reread: Callable[[], T | None],
        *,
        timeout: float | None = None,
    ) -> T:
        """Return what `build` gives, or what `reread` finds once it is this flight's turn.

        Args:
            key: Equal keys share a flight.
            build: Called at most once a flight, in a thread of its own, with this caller's
                context variables. Stores the result. Must not fly itself.
            reread: Looks in the store; None when nothing is there.
            timeout: Seconds this caller waits. The flight goes on without it.

        Raises:
            TimeoutError: The flight took longer than `timeout`.
        """
        while True:
            future, leads = self._join(key)
            if leads:
                context = contextvars.copy_context()
                threading.Thread(
                    target=context.run,
                    args=(self._fly, key, future, build, reread),
                    name="goeswith-build",
                    daemon=True,
                ).start()
            try:
                return future.result(timeout)
            except _AbandonedError:
                continue

    async def ado(
        self,
        key: str,
        build: Callable[[], Awaitable[T]],
        reread: Callable[[], T | None],
    ) -> T:
        """Do the same for tasks; `build` runs as a task of its own on this event loop."""
        while True:
            future, leads = self._join(key)
            if leads:
                task = asyncio.create_task(self._afly(key, future, build, reread))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            try:
                return await asyncio.wrap_future(future)
            except _AbandonedError:
                continue

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._flying: dict[str, Future[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def _join(self, key: str) -> tuple[Future[T], bool]:
        if self._pid != os.getpid():
            self._start()
        with self._lock:
            future = self._flying.get(key)
            if future is not None:
                self.counts.joined += 1
                return future, False
            future = self._flying[key] = Future()
            future.set_running_or_notify_cancel()
            self.counts.led += 1
            return future, True

    def _fly(
        self, key: str, future: Future[T], build: Callable[[], T], reread: Callable[[], T | None]
    ) -> None:
        turn = self._turn(key)
        try:
            while (pause := turn.take()) > 0.0:
                time.sleep(pause)
            value = self._found(reread)
            if value is None:
                value = build()
        except BaseException as error:  # noqa: BLE001
            self._land(key, turn)
            future.set_exception(error)
        else:
            self._land(key, turn)
            future.set_result(value)

    async def _afly(
        self,
        key: str,
        future: Future[T],
        build: Callable[[], Awaitable[T]],
        reread: Callable[[], T | None],
    ) -> None:
        turn = self._turn(key)
        try:
            while (pause := turn.take()) > 0.0:
                await asyncio.sleep(pause)
            value = self._found(reread)
            if value is None:
                value = await build()
        except asyncio.CancelledError:
            self._land(key, turn)
            future.set_exception(_AbandonedError())
            raise
        except BaseException as error:  # noqa: BLE001
            self._land(key, turn)
            future.set_exception(error)
        else:
            self._land(key, turn)
            future.set_result(value)

    def _found(self, reread: Callable[[], T | None]) -> T | None:
        value = reread()
        if value is not None:
            self.counts.found += 1
        return value

    def _land(self, key: str, turn: _Turn) -> None:
        turn.release()
        if not turn.held:
            self.counts.unlocked += 1
        with self._lock:
            self._flying.pop(key, None)

    def _turn(self, key: str) -> _Turn:
        if self._folder is None:
            return _Turn(None, 0.0)
        shard = key_number(key) % SHARDS
        return _Turn(self._folder / f"{shard:03x}.lock", self._patience)


class _Turn:
    """One flight's turn among the processes."""

    def __init__(self, path: Path | None, patience_s: float) -> None:
        self.held = path is None
        self._lock = None if path is None else FileLock(path, mode=0o600, thread_local=False)
        self._until = time.monotonic() + patience_s
        self._pause = _FIRST_PAUSE

    def take(self) -> float:
        """Try to take the turn. Return the seconds to wait before trying again, or 0 to go on."""
        if self._lock is None:
            return 0.0
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            if time.monotonic() < self._until:
                self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)
                return self._pause
            _LOG.warning("Another process has been building for too long; building here too.")
        except OSError as error:
            _LOG.warning("Builds cannot be locked between processes: %s", error)
        else:
            self.held = True
        return 0.0

    def release(self) -> None:
        """Let the next in line have its turn."""
        if self._lock is not None and self.held:
            self._lock.release()
