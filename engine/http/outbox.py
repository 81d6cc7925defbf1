"""Responses that leave together: those to all requests that had arrived.

A write wakes its reader, in a virtual machine at the price of leaving it, and what comes after runs
on cold caches. Many short answers are made first and written after one another then.
"""

from __future__ import annotations

import asyncio


class Outbox:
    """What the connections of one event loop are to be sent. A connection has one response here."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Transport, bytes] = {}

    def put(
        self, transport: asyncio.Transport, response: bytes, loop: asyncio.AbstractEventLoop
    ) -> None:
        """Take a response, to be written in the next turn of the loop."""
        if transport in self._waiting:
            self.send()
        if not self._waiting:
            loop.call_soon(self.send)
        self._waiting[transport] = response

    def send(self) -> None:
        """Write all there is. Call it before anything else is done with one of the connections."""
        waiting, self._waiting = self._waiting, {}
        for transport, response in waiting.items():
            if not transport.is_closing():
                transport.write(response)
