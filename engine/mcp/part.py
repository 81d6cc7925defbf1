"""The tools as a part of the service, at /mcp: streamable HTTP, no sessions.

Importing what speaks the protocol takes longer than everything else of a start. It is done beside
serving; who calls a tool before that waits for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from goeswith.engine.answer import Answer
from goeswith.engine.crew import Work
from goeswith.engine.errors import GoeswithError
from goeswith.engine.http.errors import HttpError
from goeswith.engine.http.parts import Part
from goeswith.engine.http.service import Service
from goeswith.engine.request import Request

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_LOG = logging.getLogger("goeswith.mcp")

P = TypeVar("P")
T = TypeVar("T")

MOST_BODY = 64 * 1024

_HOSTS = ["127.0.0.1:*", "localhost:*", "[::1]:*"]


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

    async def work(self, key: str, work: Work[P, T], argument: P) -> T:
        """See `Runner`."""
        flight = f"mcp {hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"
        try:
            return await self._service.builds.do(flight, work, argument)
        except HttpError as error:
            raise GoeswithError(error.message) from error


class Mounted:
    """The ASGI application at /mcp, and what has to run while it is served."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._app: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._app is None:
            raise GoeswithError("The service has not begun.")
        app = await asyncio.shield(self._app)
        await app(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the protocol beside serving, and close it at the end."""
        self._app = asyncio.get_running_loop().create_future()
        over = asyncio.Event()
        task = asyncio.create_task(self._run(self._app, over))
        try:
            yield
        finally:
            over.set()
            await task

    async def _run(self, app: asyncio.Future[ASGIApp], over: asyncio.Event) -> None:
        try:
            manager = await asyncio.to_thread(_manager, self._service)
            async with manager.run():
                app.set_result(manager.asgi_app)
                await over.wait()
        except Exception as error:  # noqa: BLE001
            _LOG.exception("The tools at /mcp cannot be offered")
            if not app.done():
                app.set_exception(error)


def mcp_part(service: Service) -> Part:
    """Return the tools as a part of the service."""
    mounted = Mounted(service)
    return Part(routes=[Route("/mcp", mounted)], hooks=[mounted.running])


def _manager(service: Service) -> StreamableHTTPSessionManager:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    from goeswith.engine.mcp.server import create_server

    own_machine = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=_HOSTS,
        allowed_origins=[f"http://{host}" for host in _HOSTS],
    )
    return StreamableHTTPSessionManager(
        create_server(InService(service)),
        json_response=True,
        stateless=True,
        security_settings=own_machine if service.local else None,
        max_request_body_size=MOST_BODY,
    )
