"""The command line: a thin face over the engine."""

from goeswith.engine.cli.app import main

__all__ = ["main"]
