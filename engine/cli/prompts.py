"""Commands that show the prompts and compile one against labelled examples."""

from __future__ import annotations

import contextlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goeswith.engine.cli.context import ConfigFlag, HomeFlag, JsonFlag, console, settings_of
from goeswith.engine.errors import HomeWriteError, SettingsError

if TYPE_CHECKING:
    from goeswith.engine.index.shop import Shop
    from goeswith.engine.settings import Settings
    from goeswith.prompts import LMSettings

prompts = typer.Typer(help="Look after what language models are asked.", no_args_is_help=True)


class ProgramName(StrEnum):
    """Programs that have a score."""

    RELATE = "relate"
    JUDGE = "judge"
    PHRASE = "phrase"


@prompts.command("list")
def list_programs(as_json: JsonFlag = False) -> None:
    """Print the programs with their versions, and which of them are compiled."""
    from goeswith.prompts import PROGRAMS, version

    rows = [
        {"name": p.name, "version": p.version, "compiled": bool(p.question.state())}
        for p in PROGRAMS
    ]
    if as_json:
        import msgspec

        told = {"version": version(), "programs": rows}
        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        return
    screen = console()
    for row in rows:
        compiled = "  compiled" if row["compiled"] else ""
        screen.print(f"{row['name']:<10} {row['version']}{compiled}")
    screen.print(f"{'all':<10} {version()}")


@prompts.command("compile")
def compile_program(
    program: Annotated[ProgramName, typer.Argument(help="Which program.")],
    examples: Annotated[
        Path | None, typer.Option(help="Labelled examples, JSONL. [a small set that ships]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the state goes. [NAME.json]")] = None,
    demos: Annotated[int, typer.Option(min=1, max=16, help="Examples to show at most.")] = 3,
    lm_calls: Annotated[int, typer.Option(min=1, help="LM calls in all.")] = 100,
    usd: Annotated[float | None, typer.Option(min=0.0, help="Money for LM tokens in all.")] = None,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Choose a program's demos among its own good replies; save them and tell what they change.

    Half of the examples are learned from, the other half measures before and after.
    """
    from goeswith.engine.distil.compiling import task_of
    from goeswith.prompts import LM, Tally
    from goeswith.prompts.optimise import optimise

    settings = settings_of(home, config)
    reached = _reached(settings)
    task = task_of(program.value, examples, lambda: _shop(settings))
    purse = Tally(lm_calls, None, usd)
    # DSPy's optimiser prints; standard output is for the result.
    with LM(reached) as lm, contextlib.redirect_stdout(sys.stderr):
        done = optimise(
            task.program, lm, task.train, task.held_out, task.score, purse=purse, demos=demos
        )
    place = out or Path(f"{program.value}.json")
    try:
        place.write_bytes(done.state)
    except OSError as error:
        raise HomeWriteError(f"Cannot write {place}: {error.strerror}.") from error
    told = {
        "program": program.value,
        "before": round(done.before, 4),
        "after": round(done.after, 4),
        "held_out": len(task.held_out),
        "calls": purse.spent.calls,
        "file": str(place),
    }
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        return
    console().print(
        f"{program.value}: {done.before:.3f} before, {done.after:.3f} after, on "
        f"{len(task.held_out)} held-out calls; {purse.spent.calls} calls; state in {place}"
    )


def _reached(settings: Settings) -> LMSettings:
    from goeswith.engine.settings.lm import lm_settings

    reached = lm_settings(settings.lm)
    if reached is None:
        raise SettingsError("There is no model to compile for: set lm.model.")
    return reached


def _shop(settings: Settings) -> Shop:
    from goeswith.engine.cli.context import open_engine

    with open_engine(settings) as engine:
        return engine.shop
