"""The process that builds for a service: python -m goeswith.engine.crew.child FD.

It ends when the service's end of the socket closes, for whatever reason, and by nothing else:
signals that reach a whole group of processes are the service's to act on.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import msgspec

from goeswith.cache import CacheError
from goeswith.engine.crew.wire import (
    Begun,
    Do,
    Done,
    Frames,
    Mend,
    Start,
    State,
    Step,
    ToBuilder,
    ToService,
    failed,
    framed,
    read_order,
    unpacked,
)
from goeswith.engine.crew.works import WORKS
from goeswith.engine.engine import Engine
from goeswith.engine.errors import GoeswithError
from goeswith.engine.http.log import log_as_json

NICE = 10
"""How far hits go before builds where both want a processor."""

TELL_EVERY_S = 1.0
BESIDES = 2
"""Threads for works that do not wait for others: opening an index, writing the counters."""

_LOG = logging.getLogger("goeswith.crew")


class Link:
    """The builder's end of the socket. Sending is safe for threads."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._frames = Frames()
        self._orders: list[ToBuilder] = []
        self._sending = threading.Lock()

    def receive(self) -> ToBuilder | None:
        """Return the next message, or None when the service is gone."""
        while not self._orders:
            try:
                data = self._stream.recv(262_144)
            except OSError:
                return None
            if not data:
                return None
            self._orders += map(read_order, self._frames.feed(data))
        return self._orders.pop(0)

    def send(self, message: ToService) -> None:
        """Send a message. When the service is gone, nobody needs it."""
        with self._sending, suppress(OSError):
            self._stream.sendall(framed(message))


class Child:
    """Does works with an engine until the service is gone."""

    def __init__(self, engine: Engine, link: Link, most: int) -> None:
        self._engine = engine
        self._link = link
        self._most = most
        self._over = threading.Event()
        self._told: State | None = None

    def serve(self) -> None:
        """Take orders, do them in threads, and tell how it goes."""
        telling = threading.Thread(target=self._tell, name="goeswith-telling", daemon=True)
        telling.start()
        with ThreadPoolExecutor(self._most + BESIDES, thread_name_prefix="goeswith-build") as pool:
            self._link.send(Begun())
            while (order := self._link.receive()) is not None:
                match order:
                    case Do():
                        pool.submit(self._do, order)
                    case Mend():
                        self._engine.mend(order.name, order.request, order.budget)
                    case Start():
                        _LOG.error("A service started its builder twice.")
            pool.shutdown(wait=False, cancel_futures=True)
        self._over.set()
        telling.join()

    def _do(self, order: Do) -> None:
        try:
            self._link.send(self._done(order))
        except Exception as error:  # noqa: BLE001
            if not isinstance(error, GoeswithError | CacheError):
                _LOG.error("Unforeseen error in the work %s", order.work, exc_info=error)
            self._link.send(failed(order.id, error))
        self._tell_state()

    def _done(self, order: Do) -> Done:
        work = WORKS[order.work]
        argument = unpacked(work.takes, order.argument)

        def tell(name: str, data: bytes) -> None:
            self._link.send(Step(order.id, name, data))

        with self._engine.tracer.carried(order.trace):
            result = work.run(self._engine, argument, tell)
        return Done(order.id, msgspec.Raw(msgspec.msgpack.encode(result)))

    def _tell(self) -> None:
        """Hand over what was counted, and tell what changed meanwhile, until the end."""
        while not self._over.wait(TELL_EVERY_S):
            self._engine.usage.flush()
            self._tell_state()

    def _tell_state(self) -> None:
        background = self._engine.background
        counts = None if background is None else msgspec.structs.replace(background.counts)
        state = State(self._engine.breakers(), counts)
        if state != self._told:
            self._told = state
            self._link.send(state)


def main() -> int:
    """Build for the service at the other end of the socket that the command line names."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    log_as_json()
    link = Link(socket.socket(fileno=int(sys.argv[1])))
    start = link.receive()
    if not isinstance(start, Start):
        return 1
    try:
        engine = Engine.open(start.settings.home, settings=start.settings)
    except (GoeswithError, CacheError) as error:
        link.send(failed(0, error))
        return 1
    with engine:
        Child(engine, link, start.most).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
