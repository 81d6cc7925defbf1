"""The command that lets a model on this machine use the tools."""

from __future__ import annotations

from importlib.util import find_spec

from goeswith.engine.cli.context import ConfigFlag, HomeFlag, open_engine, settings_of
from goeswith.engine.errors import SettingsError


def mcp(home: HomeFlag = None, config: ConfigFlag = None) -> None:
    """Offer tools for a model over MCP, on standard input and output."""
    if find_spec("mcp") is None:
        raise SettingsError("MCP needs the extra mcp. Install it with: pip install 'goeswith[mcp]'")
    import asyncio

    from goeswith.engine.mcp.stdio import serve_stdio

    with open_engine(settings_of(home, config)) as engine:
        asyncio.run(serve_stdio(engine))
