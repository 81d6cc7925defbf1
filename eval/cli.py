"""`goeswith eval SUITE`: run a suite and show what was measured."""

from __future__ import annotations

import shlex
import sys
import time
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
    from goeswith.engine.settings import Settings
    from goeswith.eval.model import Study, Suite
    from goeswith.eval.report import Report
    from goeswith.eval.session import Wish

_WORDS = """A suite such as grocery; or "list" for the suites and arms; or "diff RUN_A RUN_B" to
compare two folders of --out; or "summary RUN..." for one table of many."""

LEAST = 2
"""Questions of a run, at least: one has no interval."""

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
    words: Annotated[list[str] | None, typer.Argument(help=_WORDS, metavar="SUITE")] = None,
    arms: Annotated[str, typer.Option(help="Arms, separated by commas. [all]")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for HTML, JSON and CSV.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.")] = 1,
    questions: Annotated[
        str,
        typer.Option(help="How many questions, or a file of your own. [the suite's own number]"),
    ] = "",
    catalog: Annotated[
        list[Path] | None, typer.Option(help="Your own catalog, instead of a suite.")
    ] = None,
    behaviour: Annotated[
        list[Path] | None, typer.Option(help="Your own baskets; with times they can be the truth.")
    ] = None,
    judgments: Annotated[Path | None, typer.Option(help="Grades for your own questions.")] = None,
    feed: Annotated[str | None, typer.Option(help="How to read the catalog.")] = None,
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
    lm_replies: Annotated[
        Path | None,
        typer.Option(help="Recorded LM replies to ask instead of the model of the settings."),
    ] = None,
    record_lm: Annotated[
        Path | None, typer.Option(help="Where to keep the replies of the settings' model.")
    ] = None,
    lm_missing: Annotated[
        Path | None,
        typer.Option(help="Where to write, as a batch file, the requests --lm-replies lacks."),
    ] = None,
    asked_log: Annotated[
        bool,
        typer.Option("--asked-log", help="Warm up from a log of the asked questions only."),
    ] = False,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask every arm the same questions over the same index, and compare."""
    from goeswith.eval.errors import EvalUsageError
    from goeswith.eval.session import Wish, arms_of
    from goeswith.eval.suites import suite_of
    from goeswith.eval.suites.own import OwnFiles, OwnSuite

    named = words or []
    if named == ["list"]:
        _list(as_json=as_json)
        return
    if named[:1] == ["diff"]:
        _tell(_difference(named[1:]), out, as_json=as_json)
        return
    if named[:1] == ["summary"]:
        _summarise(named[1:])
        return
    count = _count(questions, own=bool(catalog))
    suite: Suite | Study
    if catalog:
        asked = Path(questions) if questions and count is None else None
        files = OwnFiles(tuple(catalog), tuple(behaviour or ()), asked, judgments, feed)
        suite = OwnSuite(files)
    elif len(named) == 1:
        suite = suite_of(named[0])
    else:
        raise EvalUsageError(
            "Name one suite, or give --catalog. goeswith eval list shows which suites there are."
        )
    settings = settings_of(home, config)
    if lm_missing and not lm_replies:
        raise EvalUsageError("--lm-missing tells what --lm-replies lacks. Give both.")
    wish = Wish(
        arms_of(arms),
        count,
        seed,
        jobs,
        fresh,
        shuffle_truth,
        lm_replies,
        record_lm,
        lm_missing,
        asked_log,
    )
    place = work or Path(settings.home) / "eval"
    _tell(_run(suite, wish, place, settings), out, as_json=as_json)


def _count(questions: str, *, own: bool) -> int | None:
    from goeswith.eval.errors import EvalUsageError

    if questions.isdigit() and int(questions) >= LEAST:
        return int(questions)
    if questions and not (own and not questions.isdigit()):
        raise EvalUsageError(
            f"--questions {questions} is neither a number from {LEAST} up nor, with --catalog, "
            "a file of your own questions."
        )
    return None


def _run(suite: Suite | Study, wish: Wish, work: Path, settings: Settings) -> Report:
    import msgspec

    from goeswith.engine.settings import describe
    from goeswith.eval.report import Circumstances
    from goeswith.eval.session import evaluate as run
    from goeswith.eval.versions import versions

    told = Circumstances(
        suite.name,
        suite.about,
        wish.seed,
        _command(),
        versions(),
        {row.name: row.value for row in describe(settings)},
    )
    began = time.monotonic()
    with progress_shown() as progress:
        report = run(suite, wish, work, settings, told, progress)
    return msgspec.structs.replace(report, seconds=round(time.monotonic() - began, 1))


def _difference(names: list[str]) -> Report:
    from goeswith.eval.diff import diff
    from goeswith.eval.errors import EvalUsageError
    from goeswith.eval.files import read
    from goeswith.eval.report import Circumstances, study_report

    if len(names) != 2:
        raise EvalUsageError("Name two runs: goeswith eval diff RUN_A RUN_B.")
    before, after = (read(Path(name)) for name in names)
    found = diff(before, after)
    told = Circumstances(
        f"{after.suite}: {names[0]} → {names[1]}", after.about, after.seed, _command()
    )
    return study_report(told, found, int(found.facts["questions"]))


def _summarise(names: list[str]) -> None:
    from goeswith.eval.errors import EvalUsageError
    from goeswith.eval.files import read
    from goeswith.eval.summary import summary

    if not names:
        raise EvalUsageError("Name the folders of runs: goeswith eval summary RUN...")
    typer.echo(summary([read(Path(name)) for name in names]))


def _list(*, as_json: bool) -> None:
    import inspect

    from goeswith.eval.arms import ARMS
    from goeswith.eval.suites import SUITES

    arms = {name: (inspect.getdoc(maker) or "").partition("\n")[0] for name, maker in ARMS.items()}
    suites = {name: suite.about for name, suite in SUITES.items()}
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode({"suites": suites, "arms": arms}) + b"\n")
        return
    for title, told in (("suites", suites), ("arms", arms)):
        console().print(title, style="bold")
        for name, about in told.items():
            console().print(f"  {name:<20} {about}")


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
    """Return how this run was started."""
    return "goeswith eval " + shlex.join(word for word in sys.argv[1:] if word != "eval")
