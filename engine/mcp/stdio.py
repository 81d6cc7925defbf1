"""The tools over standard input and output, for a client on this machine."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from mcp.server.stdio import stdio_server

from goeswith.engine.answer import Answer
from goeswith.engine.crew import Work
from goeswith.engine.crew.work import silent
from goeswith.engine.engine import Engine
from goeswith.engine.mcp.server import create_server
from goeswith.engine.request import Request

P = TypeVar("P")
T = TypeVar("T")


class InThreads:
    """Does the work of one client in threads of this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ask(self, asked: Request) -> Answer:
        """See `Runner`."""
        return await self._engine.aask(asked)

    async def work(self, key: str, work: Work[P, T], argument: P) -> T:  # noqa: ARG002
        """See `Runner`."""
        return await asyncio.to_thread(work.run, self._engine, argument, silent)


async def serve_stdio(engine: Engine) -> None:
    """Serve one client until it closes standard input. The indexes are read meanwhile."""
    server = create_server(InThreads(engine))
    warming = asyncio.create_task(asyncio.to_thread(engine.warm))
    try:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
    finally:
        await asyncio.gather(warming, return_exceptions=True)
