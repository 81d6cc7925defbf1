"""`goeswith eval SUITE`: run a suite and show what was measured."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goeswith.engine.cli.context import (
    ConfigFlag,
    HomeFlag,
    JsonFlag,
    console,
    progress_shown,
    settings_of,
)

if TYPE_CHECKING:
    from goeswith.eval.report import Report

app = typer.Typer(
    help="Measure which way of answering serves a shop best.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    subcommand_metavar="",
    context_settings={"allow_interspersed_args": True},
)


@app.callback(invoke_without_command=True)
def evaluate(  # noqa: PLR0917
    suite: Annotated[str, typer.Argument(help="Which suite to run, such as grocery.")],
    arms: Annotated[str, typer.Option(help="Arms, separated by commas. [all]")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for JSON and CSV.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.")] = 1,
    questions: Annotated[
        int | None, typer.Option(min=2, help="How many questions to ask. [the suite's own]")
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps what is slow to make. [HOME/eval]"),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Arms asked at once.")] = 1,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask again; do not use answers kept in --work.")
    ] = False,
    shuffle_truth: Annotated[
        bool,
        typer.Option("--shuffle-truth", help="Give each question another's truth: all is chance."),
    ] = False,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask every arm the same questions over the same index, and compare."""
    from goeswith.eval.report import Circumstances
    from goeswith.eval.session import Wish, arms_of
    from goeswith.eval.session import evaluate as run
    from goeswith.eval.suites import suite_of
    from goeswith.eval.versions import versions

    asked = suite_of(suite)
    settings = settings_of(home, config)
    wish = Wish(arms_of(arms), questions, seed, jobs, fresh, shuffle_truth)
    told = Circumstances(suite, asked.about, seed, _command(), versions())
    with progress_shown() as progress:
        report = run(asked, wish, work or Path(settings.home) / "eval", settings, told, progress)
    _tell(report, out, as_json=as_json)


def _tell(report: Report, out: Path | None, *, as_json: bool) -> None:
    from goeswith.eval.files import write
    from goeswith.eval.show import show

    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    else:
        show(console(), report)
    if out is not None:
        for path in write(report, out):
            console(stderr=True).print(f"wrote {path}")


def _command() -> str:
    """Return how this run was started, with the interpreter's own words left out."""
    return "goeswith eval " + shlex.join(word for word in sys.argv[1:] if word != "eval")
