"""Builds: what is not stored is built once, however many wait, by a crew with a bounded queue.

Hits never come here. When the crew is busy and the queue full, new questions are refused at once,
so that an overload costs those who ask new questions and nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from typing import Any, Generic, NamedTuple, TypeVar

from goeswith.engine.crew import Crew, Work
from goeswith.engine.http.errors import overloaded
from goeswith.engine.tracing import OFF, Tracer

A = TypeVar("A")
T = TypeVar("T")


class Event(NamedTuple):
    """One step of a build: its name and JSON."""

    name: str
    data: bytes


class Flight(Generic[T]):
    """One build and everybody who waits for it. Lives on the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: list[Event] = []
        self._changed = asyncio.Event()
        self.result: asyncio.Future[T] = loop.create_future()
        self.waiting = 0

    def tell(self, name: str, data: bytes) -> None:
        """Tell a step of the build, on any thread."""
        self._loop.call_soon_threadsafe(self._told, Event(name, data))

    def land(self, done: Future[T]) -> None:
        """Give everybody who waits what the build gave."""
        if done.cancelled():
            self.result.cancel()
        elif (error := done.exception()) is not None:
            self.result.set_exception(error)
            # Heard here, because everybody may have left.
            self.result.exception()
        else:
            self.result.set_result(done.result())
        self._wake()

    async def heard(self) -> AsyncIterator[Event]:
        """Give every step of the build from its beginning, and end when it ends."""
        at = 0
        while True:
            changed = self._changed
            while at < len(self._events):
                yield self._events[at]
                at += 1
            if self.result.done():
                return
            await changed.wait()

    def _told(self, event: Event) -> None:
        self._events.append(event)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Builds:
    """The flights of this process and the crew that builds for them."""

    def __init__(self, crew: Crew, queue: int, tracer: Tracer = OFF) -> None:
        """Have builds done by a crew and let `queue` wait besides those it does."""
        self._crew = crew
        self._tracer = tracer
        self._room = crew.most + queue
        self._flying: dict[str, tuple[Flight[Any], Future[Any]]] = {}
        self.refused = 0
        self.led = 0

    @property
    def running(self) -> int:
        """Builds that have begun and not ended."""
        return sum(future.running() for _, future in self._flying.values())

    @property
    def queued(self) -> int:
        """Builds that wait for others."""
        return len(self._flying) - self.running

    def join(self, key: str, work: Work[A, T], argument: A) -> Flight[T]:
        """Return the flight of a key; begin it if there is none. Call `leave` afterwards.

        Raises:
            HttpError: too many builds wait.
        """
        known = self._flying.get(key)
        if known is not None:
            known[0].waiting += 1
            return known[0]
        if len(self._flying) >= self._room:
            self.refused += 1
            raise overloaded(self._patience())
        loop = asyncio.get_running_loop()
        flight: Flight[T] = Flight(loop)
        flight.waiting = 1
        # In the trace of who asked first.
        future = self._crew.submit(work, argument, flight.tell, self._tracer.carrier())
        self.led += 1
        self._flying[key] = (flight, future)
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(self._land, key, done))
        return flight

    def leave(self, key: str, flight: Flight[Any]) -> None:
        """Stop waiting. A build that nobody waits for any more is not begun."""
        flight.waiting -= 1
        known = self._flying.get(key)
        if flight.waiting == 0 and known is not None and known[0] is flight:
            known[1].cancel()

    async def do(self, key: str, work: Work[A, T], argument: A) -> T:
        """Return what the flight of a key gives. Whoever is cancelled harms nobody else.

        Raises:
            HttpError: too many builds wait.
        """
        flight = self.join(key, work, argument)
        try:
            return await asyncio.shield(flight.result)
        finally:
            self.leave(key, flight)

    def _land(self, key: str, done: Future[Any]) -> None:
        flight, _ = self._flying.pop(key)
        flight.land(done)

    def _patience(self) -> int:
        """Seconds after which the queue may have room: one for each round of the crew."""
        return max(1, len(self._flying) // self._crew.most)
