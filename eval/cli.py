"""`goeswith eval SUITE`: run a suite and show what was measured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from goeswith.engine.cli.context import (
    ConfigFlag,
    HomeFlag,
    JsonFlag,
    console,
    progress_shown,
    settings_of,
)

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
    shuffle_truth: Annotated[
        bool,
        typer.Option("--shuffle-truth", help="Give each question another's truth: all is chance."),
    ] = False,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask every arm the same questions over the same index, and compare."""
    from goeswith.eval.arms import chosen
    from goeswith.eval.files import write
    from goeswith.eval.report import make_report
    from goeswith.eval.run import play, shuffled
    from goeswith.eval.show import show
    from goeswith.eval.suites import suite_of
    from goeswith.eval.versions import versions

    asked = suite_of(suite)
    picked = chosen([name.strip() for name in arms.split(",") if name.strip()])
    settings = settings_of(home, config)
    with progress_shown() as progress:
        prepared = asked.prepare(
            work or Path(settings.home) / "eval",
            settings,
            questions=questions,
            seed=seed,
            progress=progress,
        )
        if shuffle_truth:
            prepared = shuffled(prepared, seed)
        played = play(prepared, picked, seed, progress)
    report = make_report(suite, prepared, played, seed, versions())
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    else:
        show(console(), report)
    if out is not None:
        for path in write(report, out):
            console(stderr=True).print(f"wrote {path}")
