"""The service's end of the socket to the process that builds."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

import msgspec

from goeswith.engine.crew.wire import Begun, Frames, Report, ToBuilder, framed, read_report

_LOG = logging.getLogger("goeswith.crew")


class Link(asyncio.Protocol):
    """Hears reports and sends orders, on the event loop.

    Attributes:
        lost: done once nothing can be heard or sent any more.
    """

    def __init__(self, heard: Callable[[Report], None], begun: asyncio.Future[bool]) -> None:
        """Call `heard` with each report. `begun` tells whether the process was ever of use."""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard = heard
        self._begun = begun
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None

    async def connect(self, stream: socket.socket) -> None:
        """Take a connected socket."""
        stream.setblocking(False)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_unix_connection(lambda: self, sock=stream)

    def send(self, order: ToBuilder) -> None:
        """Send an order. One that cannot arrive is noticed with the loss of the process."""
        if self._transport is not None:
            self._transport.write(framed(order))

    def close(self) -> None:
        """Let the process end."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        try:
            for message in self._frames.feed(data):
                report = read_report(message)
                if not isinstance(report, Begun):
                    self._heard(report)
                elif not self._begun.done():
                    self._begun.set_result(True)
        except (ValueError, msgspec.MsgspecError) as error:
            _LOG.error("The process that builds cannot be understood: %s", error)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Note that the process is gone."""
        if not self._begun.done():
            self._begun.set_result(False)
        if not self.lost.done():
            self.lost.set_result(None)
