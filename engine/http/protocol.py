"""uvicorn's HTTP protocol with what it lacks: deadlines, caps, and a short way for hits.

uvicorn waits for ever for the rest of a head or a body. Here each has a deadline from its first
byte, however slowly the bytes come, and a head has a cap. Refusals have the error shape of the
service, and the connection stays open for a moment, so that a client in the middle of sending
reads the refusal instead of a reset.
"""

from __future__ import annotations

import asyncio
from asyncio.events import TimerHandle
from http import HTTPStatus
from typing import Any, NamedTuple

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from goeswith.engine.http.errors import (
    HttpError,
    bad_request,
    encode,
    headers_too_large,
    too_slow,
)
from goeswith.engine.http.front import ASK
from goeswith.engine.http.hits import LONGEST
from goeswith.engine.http.outbox import Outbox
from goeswith.engine.http.quick import Quick

LINGER_S = 2.0
"""How long a refused client may go on sending what nobody reads."""

LAST_CALL_S = 0.5
"""How long an idle connection stays open when the service ends."""

MOST_UNREAD = 256 * 1024
"""Bytes of a body that are dropped after its request was answered, before the client is left."""

_IDLE, _HEAD, _BODY = range(3)
_ASK = ASK.encode()
_GET, _POST = b"GET", b"POST"
_UNUSUAL = frozenset({b"expect", b"transfer-encoding", b"upgrade", b"if-none-match"})
"""Headers of requests that go the long way."""


class Guard(NamedTuple):
    """Deadlines in seconds and the cap of a head in bytes."""

    head_s: float
    body_s: float
    head_bytes: int


class DrainState(ServerState):
    """What the connections of a server share. While it drains, every response is the last."""

    draining = False

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    guard: Guard
    quick: Quick
    server_state: DrainState

    def __init__(
        self,
        config: Config,
        server_state: DrainState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._phase = _IDLE
        self._head = 0
        self._timer: TimerHandle | None = None
        self._timed = _IDLE
        self._refused = False
        self._unread = 0
        self._held: bytes | None = None
        self._idle: TimerHandle | None = None
        self._used = 0.0
        self._headers: dict[bytes, bytes] = {}
        self._method = b""
        self._lines: list[tuple[bytes, bytes]] | None = None
        self._joined = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection: its first head is due."""
        super().connection_made(transport)
        self._arm(_HEAD, self.guard.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._disarm()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes. What is incomplete after them has a deadline."""
        if self._refused:
            return
        if self._phase != _BODY:
            self._head += len(data)
        # A hit leaves the timer of the idle connection running; all else takes a new one.
        self._idle, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        super().data_received(data)
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        phase = self._phase
        if phase == self._timed or self._refused:
            if phase == _HEAD and self._head > self.guard.head_bytes:
                self._refuse(headers_too_large(self.guard.head_bytes))
            return
        self._disarm()
        if phase == _HEAD:
            self._arm(_HEAD, self.guard.head_s)
        elif phase == _BODY:
            self._arm(_BODY, self.guard.body_s)

    def on_message_begin(self) -> None:
        """Begin a head. What an application is told of it is made when one is asked."""
        self._phase = _HEAD
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """End a head. An ask that may be a hit waits for its body here, before any task."""
        self._phase = _BODY
        self._head = 0
        if self.url.startswith(_ASK) and self._may_be_quick():
            return
        self._held = None
        self._go_on()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, unless the request was answered without it."""
        if self._held is not None:
            self._held += body
        elif self.cycle.response_complete:
            self._unread += len(body)
            if self._unread > MOST_UNREAD and not self._refused:
                self._refused = True
                self.linger()
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._phase = _IDLE
        held = self._held
        if held is None:
            super().on_message_complete()
            return
        self._held = None
        made = None
        if not self.server_state.draining:
            made = self.quick.answer(self._method, held, self._headers, self._fixed())
        if made is not None:
            if len(self.connections) == 1:
                self.transport.write(made)
            else:
                self.server_state.outbox.put(self.transport, made, self.loop)
            self._stay()
            return
        self._go_on()
        if self._method == _POST and held:
            super().on_body(held)
        super().on_message_complete()

    def _stay(self) -> None:
        """Keep the connection for the next request, as long as an idle one may stay."""
        self.server_state.total_requests += 1
        self._used = self.loop.time()
        self.timeout_keep_alive_task = self._idle or self.timeout_keep_alive_task
        self._idle = None
        if self.timeout_keep_alive_task is None:
            self._keep(self.timeout_keep_alive)

    def _keep(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has been idle for long enough, or look again later."""
        self.timeout_keep_alive_task = None
        left = self._used + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._keep(left)
        elif self._phase == _IDLE and (self.cycle is None or self.cycle.response_complete):
            super().timeout_keep_alive_handler()

    def _go_on(self) -> None:
        """Make the request a task."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        super().on_headers_complete()
        if self.server_state.draining:
            self.cycle.keep_alive = False

    def _may_be_quick(self) -> bool:
        """Tell whether nothing but the body is needed to look for a hit."""
        if (
            (self.cycle is not None and not self.cycle.response_complete)
            or self.server_state.draining
            or self.flow.write_paused
            or not self.parser.should_keep_alive()
        ):
            return False
        headers = self._headers = dict(self.headers)
        method = self._method = self.parser.get_method()
        if not _UNUSUAL.isdisjoint(headers):
            return False
        if method == _GET:
            self._held = self.url[len(_ASK) + 1 :]
            return b"content-length" not in headers and self.url[len(_ASK) :][:1] == b"?"
        self._held = b""
        length = headers.get(b"content-length", b"")
        return (
            method == _POST
            and len(self.url) == len(_ASK)
            and headers.get(b"content-type") == b"application/json"
            and 0 < len(length) < 5
            and int(length) <= LONGEST
        )

    def _fixed(self) -> bytes:
        """Return the header lines that the server adds to every response."""
        lines = self.server_state.default_headers
        if lines is not self._lines:
            self._lines = lines
            self._joined = b"".join(b"%b: %b\r\n" % line for line in lines)
        return self._joined

    def shutdown(self) -> None:
        """End the connection when what is arriving or being answered is done, if anything is.

        A request may lie unread in the system still, so an idle connection stays for a moment.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        elif self._phase == _IDLE:
            self.loop.call_later(LAST_CALL_S, self._leave)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what is no HTTP."""
        self._refuse(bad_request("This is not a HTTP/1.1 request."))

    def _leave(self) -> None:
        if self._phase == _IDLE and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()

    def _arm(self, phase: int, seconds: float) -> None:
        self._timed = phase
        self._timer = self.loop.call_later(seconds, self._late)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed = _IDLE

    def _late(self) -> None:
        self._timer = None
        held = self._held is not None
        if self._phase == _IDLE or (
            self._phase == _BODY and not held and self.cycle.response_complete
        ):
            self.transport.close()
        elif self.flow.read_paused:
            # The bytes wait here, not at the client.
            self._arm(self._phase, self.guard.body_s)
        else:
            self._refuse(too_slow())

    def _refuse(self, error: HttpError) -> None:
        """Answer with an error, drop what still comes, and close soon."""
        self.server_state.outbox.send()
        self._disarm()
        self._refused = True
        cycle = self.cycle
        waiting = cycle is not None and not cycle.response_complete
        if waiting:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.transport.is_closing() or (waiting and (cycle.response_started or self.pipeline)):
            self.transport.close()
            return
        body = encode(error, "")
        phrase = HTTPStatus(error.status).phrase
        self.transport.write(
            f"HTTP/1.1 {error.status} {phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\ncache-control: no-store\r\n"
            "x-content-type-options: nosniff\r\nconnection: close\r\n\r\n".encode()
            + body
        )
        self.flow.resume_reading()
        self.linger()

    def linger(self) -> None:
        """Close for writing now and for reading soon."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)


def protocol_with(guard: Guard, quick: Quick) -> type[GuardedProtocol]:
    """Return the protocol with these deadlines and caps, and this short way to hits."""
    return type("Protocol", (GuardedProtocol,), {"guard": guard, "quick": quick})
