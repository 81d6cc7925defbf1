"""The `goeswith` command and what all its commands share."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points, version
from typing import Annotated

import typer

from goeswith.engine.cli import answers, distil, inspect, lm, mcp, prompts, serve, shop, warm
from goeswith.engine.cli.context import fail

app = typer.Typer(
    name="goeswith",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _told_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"goeswith {version('goeswith')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_told_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Answers shopping questions with a small, checked graph of how products relate."""


for command in (
    shop.demo,
    shop.index,
    answers.ask,
    answers.explain,
    answers.relations,
    answers.path,
    warm.warm,
    distil.distil,
    serve.serve,
    mcp.mcp,
    inspect.invalidate,
    inspect.stats,
    inspect.export,
):
    app.command()(command)
app.add_typer(inspect.config, name="config")
app.add_typer(prompts.prompts, name="prompts")
app.add_typer(serve.keys, name="keys")
app.add_typer(lm.lm, name="lm")


def main() -> None:
    """Run the command line. Errors meant for people are one line and an exit code."""
    from goeswith.cache.errors import CacheError
    from goeswith.engine.errors import GoeswithError

    _add_plugins(sys.argv[1:])
    try:
        app()
    except GoeswithError as error:
        fail(str(error), error.exit_code)
    except CacheError as error:
        fail(str(error), 1)
    except KeyboardInterrupt:
        fail("Stopped.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _add_plugins(arguments: list[str]) -> None:
    """Load the commands of other packages: the one that is called, or all of them for the help."""
    called = next((word for word in arguments if not word.startswith("-")), None)
    for plugin in entry_points(group="goeswith.commands"):
        if called in (None, plugin.name):
            app.add_typer(plugin.load(), name=plugin.name)
