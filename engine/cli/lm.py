"""The command that tries a language model out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from goeswith.engine.cli.context import ConfigFlag, HomeFlag, JsonFlag, console, fail, settings_of

if TYPE_CHECKING:
    from goeswith.engine.settings import Settings
    from goeswith.prompts.check import Row

lm = typer.Typer(help="Look after the language model.", no_args_is_help=True)

_MARKS = {"works": "works", "poor": "works, but misses the obvious", "failed": "failed"}


@lm.callback()
def _group() -> None:
    """Look after the language model."""


@lm.command()
def check(
    model: Annotated[
        str | None, typer.Option(help="Model to try instead of the one that is set.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1.0, max=600.0, help="The most one program may take.")
    ] = 60.0,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask each program's example once and print what worked.

    These are real calls; they count into the day's budget. Exit code 1 when a program failed.
    """
    settings = settings_of(home, config, lm__model=model)
    rows = _rows(settings, seconds)
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(rows) + b"\n")
    else:
        _show(settings, rows)
    if any(row.outcome == "failed" for row in rows):
        sys.exit(1)


def _rows(settings: Settings, seconds: float) -> tuple[Row, ...]:
    from contextlib import closing
    from pathlib import Path

    from goeswith.engine.index.home import Home
    from goeswith.engine.serving.opening import open_ledger
    from goeswith.engine.settings.lm import lm_settings
    from goeswith.prompts import LM, preload
    from goeswith.prompts.check import check as try_out

    reached = lm_settings(settings.lm)
    if reached is None:
        fail(
            "No language model is set. Write model under [lm] in goeswith.toml, set "
            "GOESWITH_LM__MODEL, or give --model.",
            2,
        )
    preload()
    ledger = open_ledger(Home(Path(settings.home)).cache, settings)
    with closing(ledger), LM(reached) as asked:
        return try_out(asked, seconds, ledger)


def _show(settings: Settings, rows: tuple[Row, ...]) -> None:
    screen = console()
    screen.print(f"{settings.lm.model}: one real call for each program", markup=False)
    for row in rows:
        told = f"  {row.program:<9}{_MARKS[row.outcome]} ({row.seconds:.1f} s, {row.tokens} tokens)"
        screen.print(told, markup=False)
        screen.print(f"           {row.said}", markup=False)
    usd = sum(row.usd for row in rows)
    calls = sum(row.calls for row in rows)
    cost = f", {usd:.4f} USD" if usd else ""
    screen.print(f"{calls} calls, {sum(row.tokens for row in rows)} tokens{cost}", markup=False)
