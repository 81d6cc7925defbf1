"""uvicorn's server with an end that drops nobody."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from goeswith.engine.http.app import App
from goeswith.engine.http.protocol import DrainState, Guard, protocol_with
from goeswith.engine.http.reading import MOST_HEAD, MOST_URI
from goeswith.engine.http.service import Service
from goeswith.engine.settings.serve import Serve

LAST_CALL_S = 0.25
"""After a signal, connections are taken for so long: those on their way were promised an answer."""

BACKLOG = 2_048


class Server(uvicorn.Server):
    """Serves one process until a signal, then lets what is in flight end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.server_state = DrainState()
        self._service = service
        self._drain_s = service.settings.serve.drain_s

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear signals while serving. An end that was asked for is no failure of the process."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take last requests, answer all there are, and end within the time set for it."""
        self._service.draining = True
        state = self.server_state
        if isinstance(state, DrainState):
            state.draining = True
        await asyncio.sleep(LAST_CALL_S)
        until = asyncio.get_running_loop().time() + self._drain_s
        while _waiting(sockets) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)


def _waiting(sockets: list[socket.socket] | None) -> bool:
    """Tell whether connections wait to be taken in."""
    return bool(sockets) and bool(select.select(sockets or [], [], [], 0)[0])


def config_of(app: App, settings: Serve) -> uvicorn.Config:
    """Return how uvicorn runs the service. What a proxy says of a client is not believed."""
    guard = Guard(settings.header_timeout_s, settings.body_timeout_s, MOST_HEAD + MOST_URI)
    return uvicorn.Config(
        app.asgi,
        loop="uvloop",
        http=protocol_with(guard, app.quick),
        ws="none",
        interface="asgi3",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=settings.drain_s,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
