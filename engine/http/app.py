"""Puts the parts together into one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp

from goeswith.engine.http.access import Access
from goeswith.engine.http.front import Front, Ids
from goeswith.engine.http.operations import OPERATIONS
from goeswith.engine.http.parts import Part
from goeswith.engine.http.quick import Quick
from goeswith.engine.http.routes import Routes
from goeswith.engine.http.service import Service


class App(NamedTuple):
    """The application, and the short way to its hits for a server that knows it."""

    asgi: ASGIApp
    quick: Quick


def create_app(service: Service, parts: Sequence[Part] = ()) -> App:
    """Return the application over a service, with the routes of more parts."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                for hook in part.hooks:
                    await stack.enter_async_context(hook())
            async with service.running():
                yield

    operations = [*OPERATIONS, *(one for part in parts for one in part.operations)]
    routes = [
        *Routes(service, operations).table(),
        *(route for part in parts for route in part.routes),
    ]
    access = Access(
        service.ring,
        keyless=service.keyless,
        local=service.local and service.settings.serve.access == "keys",
        public=[path for part in parts for path in part.public],
    )
    templates = dict(map(_template, routes))
    router = Router(routes, redirect_slashes=False, lifespan=lifespan)
    ids = Ids()
    return App(Front(router, service, access, ids, templates), _quick(service, access, ids))


def _quick(service: Service, access: Access, ids: Ids) -> Quick:
    log = service.log if service.settings.serve.access_log == "all" else None
    shared = (service.hits, access, service.limits, ids, service.metrics, log)
    return Quick(*shared, tracer=service.engine.tracer)


def _template(route: BaseRoute) -> tuple[object, str]:
    """Return an endpoint and the path it is told by: a template, never what a caller sent."""
    if isinstance(route, Route):
        return route.endpoint, route.path
    if isinstance(route, Mount):
        return route.app, f"{route.path}/*"
    return route, "other"
