"""Flags that every command takes, and how errors and progress are shown."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from goeswith.engine.engine import Engine
    from goeswith.engine.index.indexing import Progress
    from goeswith.engine.settings import Settings

HomeFlag = Annotated[
    Path | None, typer.Option("--home", help="Folder of the index and the cache. [.goeswith]")
]
ConfigFlag = Annotated[Path | None, typer.Option("--config", help="Settings file. [goeswith.toml]")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

_WIDE = 100_000


def fail(message: str, code: int) -> NoReturn:
    """Print one line to standard error and leave."""
    sys.stderr.write(f"goeswith: {message}\n")
    sys.exit(code)


def settings_of(home: Path | None, config: Path | None, **flags: object) -> Settings:
    """Read the settings with a command's flags on top."""
    from goeswith.engine.settings import load_settings

    given = {name.replace("__", "."): value for name, value in flags.items() if value is not None}
    if home is not None:
        given["home"] = str(home)
    return load_settings(config=config, flags=given)


def open_engine(settings: Settings) -> Engine:
    """Open the engine on the home the settings name."""
    from goeswith.engine.engine import Engine

    return Engine.open(settings.home, settings=settings)


def console(*, stderr: bool = False) -> Console:
    """Return a console. Off a terminal it uses no colour and cuts no line."""
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    width = None if terminal else _WIDE
    return Console(stderr=stderr, highlight=False, soft_wrap=not terminal, width=width)


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """Show the progress of long stages: bars on a terminal, one line a stage elsewhere."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        seen: set[str] = set()

        def tell(stage: str, _done: int, _total: int | None) -> None:
            if stage not in seen:
                seen.add(stage)
                screen.print(f"  {stage} …")

        yield tell
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        TextColumn("  {task.description:<24}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen) as bars:
        tasks: dict[str, TaskID] = {}

        def draw(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield draw
