"""Parts that other rooms of the engine hang into the service: the page, the tools for models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from typing import NamedTuple

from starlette.routing import BaseRoute

from goeswith.engine.http.openapi import Operation
from goeswith.engine.http.service import Service

Hook = Callable[[], AbstractAsyncContextManager[None]]
"""Entered when the service starts, left when it ends."""


class Part(NamedTuple):
    """Routes, what has to run while they are served, and the paths that need no API key.

    A path that ends in "/" stands for everything under it. `operations` describe the routes that
    programs call.
    """

    routes: Sequence[BaseRoute]
    hooks: Sequence[Hook] = ()
    public: Sequence[str] = ()
    operations: Sequence[Operation] = ()


def standard_parts(service: Service) -> list[Part]:
    """Return the parts that are installed."""
    from goeswith.engine.web.part import Page

    parts = [Page(service).part()]
    if find_spec("mcp") is not None:
        from goeswith.engine.mcp.part import mcp_part

        parts.append(mcp_part(service))
    return parts
