"""An event loop in a thread of its own, shared by whoever asks from threads or other loops."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TypeVar

from goeswith.prompts.errors import CallError, PromptsError

T = TypeVar("T")

GRACE_S = 0.25
"""How long a coroutine may take to end by itself once its time is over, in seconds."""


class OwnLoop:
    """Runs coroutines on one event loop. The thread starts with the first, anew after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def submit(self, work: Coroutine[object, object, T]) -> Future[T]:
        """Run a coroutine. The future may be cancelled from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def wait(self, future: Future[T], seconds: float | None, grace_s: float = GRACE_S) -> T:
        """Wait for a submitted coroutine; past `seconds` and `grace_s` it is cancelled.

        Raises:
            CallError: the coroutine's own, or reason "deadline" or "cancelled".
        """
        if self._loop is not None and _current() is self._loop:
            future.cancel()
            raise PromptsError("This would wait for itself. Use the async face on an event loop.")
        try:
            return future.result(None if seconds is None else max(0.0, seconds) + grace_s)
        except FutureTimeoutError:
            raise CallError("deadline", "the model was still busy") from None
        except FutureCancelledError:
            raise CallError("cancelled", "the call was given up") from None
        finally:
            future.cancel()

    async def await_(self, future: Future[T]) -> T:
        """Wait for a submitted coroutine on any event loop.

        Raises:
            CallError: the coroutine's own, or reason "cancelled" when the loop was closed.
        """
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise CallError("cancelled", "the call was given up") from None

    def close(self, last: Callable[[], Coroutine[object, object, None]]) -> None:
        """Cancel what is under way, run `last`, stop the thread. Usable again afterwards."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is None or self._pid != os.getpid():
            return
        asyncio.run_coroutine_threadsafe(_wind_up(last), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._pid = os.getpid()
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=_serve, args=(self._loop,), name="goeswith-lm", daemon=True
                ).start()
            return self._loop


async def _wind_up(last: Callable[[], Coroutine[object, object, None]]) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await last()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def _current() -> asyncio.AbstractEventLoop | None:
    with contextlib.suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None
