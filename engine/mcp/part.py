"""The tools as a part of the service, at /mcp: streamable HTTP, no sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Route

from goeswith.engine.answer import Answer
from goeswith.engine.engine import Engine
from goeswith.engine.errors import GoeswithError
from goeswith.engine.http.errors import HttpError
from goeswith.engine.http.parts import Part
from goeswith.engine.http.service import Service
from goeswith.engine.mcp.server import create_server
from goeswith.engine.request import Request

T = TypeVar("T")

MOST_BODY = 64 * 1024

_OWN_MACHINE = TransportSecuritySettings(
    enable_dns_rebinding_protection=True,
    allowed_hosts=["127.0.0.1:*", "localhost:*", "[::1]:*"],
    allowed_origins=["http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"],
)


class InService:
    """Does the work as every other request has it done: hits at once, builds in the pool."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def ask(self, asked: Request) -> Answer:
        """See `Runner`."""
        found = self._service.engine.look(asked)
        if found is not None:
            return found
        desk = self._service.desk
        try:
            return await desk.ask(desk.read(asked))
        except HttpError as error:
            raise GoeswithError(error.message) from error

    async def work(self, key: str, work: Callable[[Engine], T]) -> T:
        """See `Runner`."""
        engine = self._service.engine
        flight = f"mcp {hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"
        try:
            done: T = await self._service.builds.do(flight, lambda _tell: work(engine))
        except HttpError as error:
            raise GoeswithError(error.message) from error
        return done


def mcp_part(service: Service) -> Part:
    """Return the tools as a part of the service."""
    manager = StreamableHTTPSessionManager(
        create_server(InService(service)),
        json_response=True,
        stateless=True,
        security_settings=_OWN_MACHINE if service.local else None,
        max_request_body_size=MOST_BODY,
    )
    return Part(routes=[Route("/mcp", StreamableHTTPASGIApp(manager))], hooks=[manager.run])
