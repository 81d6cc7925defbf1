"""The MCP server over a runner. It speaks no transport of its own."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import Any

import msgspec
from mcp import types
from mcp.server import Server, ServerRequestContext

from goeswith.cache import CacheError
from goeswith.engine.errors import GoeswithError
from goeswith.engine.mcp.tools import INSTRUCTIONS, TOOLS, Runner, Tool, object_schema

_LOG = logging.getLogger("goeswith.mcp")

Context = ServerRequestContext[Any]

_READ_ONLY = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def create_server(runner: Runner) -> Server[Any]:
    """Return the server with its tools."""
    by_name = {tool.name: tool for tool in TOOLS}
    listed = types.ListToolsResult(tools=[_described(tool) for tool in TOOLS])

    async def list_tools(
        _context: Context, _page: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return listed

    async def call_tool(
        _context: Context, called: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = by_name.get(called.name)
        if tool is None:
            return _failed(f"There is no such tool. Call one of: {', '.join(by_name)}.")
        return await _call(tool, runner, called.arguments or {})

    return Server(
        "goeswith",
        title="goeswith",
        version=version("goeswith"),
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _call(tool: Tool[Any], runner: Runner, arguments: dict[str, Any]) -> types.CallToolResult:
    try:
        given = msgspec.convert(arguments, tool.takes)
    except msgspec.ValidationError as error:
        return _failed(f"The arguments do not fit the schema of {tool.name}: {error}.")
    try:
        told = await tool.call(runner, given)
    except GoeswithError as error:
        return _failed(str(error))
    except CacheError as error:
        _LOG.error("Tool %s: %s", tool.name, error)
        return _failed("The cache cannot be used. The log of the service says why.")
    except Exception:  # noqa: BLE001
        _LOG.exception("Unforeseen error in the tool %s", tool.name)
        return _failed("Something went wrong in the shop. Try it again; do not guess an answer.")
    raw = msgspec.json.encode(told)
    return types.CallToolResult(
        content=[types.TextContent(text=raw.decode())], structured_content=msgspec.json.decode(raw)
    )


def _failed(message: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=message)], is_error=True)


def _described(tool: Tool[Any]) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=object_schema(tool.takes),
        output_schema=object_schema(tool.gives),
        annotations=_READ_ONLY,
    )
