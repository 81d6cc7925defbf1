"""The command that builds answers from a query log before they are asked."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goeswith.engine.cli.context import (
    ConfigFlag,
    HomeFlag,
    JsonFlag,
    open_engine,
    settings_of,
)
from goeswith.engine.cli.warm_shown import show_estimate, show_result, shown_progress
from goeswith.engine.errors import SettingsError

if TYPE_CHECKING:
    from goeswith.cache.warmup.work import Executor
    from goeswith.engine.engine import Engine
    from goeswith.engine.warmup.warming import Order

FAILED = 1
MOST_ASKED = 100_000
"""Questions of live traffic that are looked at for the ranking: all that are remembered."""


class ExecutorName(StrEnum):
    """Where builds run."""

    LOCAL = "local"
    RAY = "ray"
    DASK = "dask"


def warm(
    queries: Annotated[list[Path], typer.Argument(help="Query logs: CSV, JSONL or text, or .gz.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would come to; store nothing.")
    ] = False,
    lm_calls: Annotated[int | None, typer.Option(min=0, help="LM calls in all.")] = None,
    usd: Annotated[float | None, typer.Option(min=0.0, help="Money for LM tokens in all.")] = None,
    usd_per_mtok: Annotated[
        float, typer.Option(min=0.0, help="Price of a million LM tokens, in USD.")
    ] = 0.0,
    max_seconds: Annotated[
        float | None, typer.Option(min=0.0, help="Begin nothing new after this time.")
    ] = None,
    top: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Part of the different questions to warm.")
    ] = 1.0,
    limit: Annotated[int | None, typer.Option(min=0, help="Questions to warm at most.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes that build.")] = 1,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the checkpoint of an interrupted warm-up.")
    ] = False,
    executor: Annotated[
        ExecutorName, typer.Option(help="Where to build: here, or on a Ray or Dask cluster.")
    ] = ExecutorName.LOCAL,
    address: Annotated[str, typer.Option(help="Of a running cluster. [a local one]")] = "",
    form: Annotated[
        str | None, typer.Option("--format", help="How to read the log: a name or FILE.toml.")
    ] = None,
    locale: Annotated[str, typer.Option(help="Language of the log.")] = "en",
    batch_export: Annotated[
        Path | None, typer.Option(help="Write LM calls to a provider's batch file; ask nothing.")
    ] = None,
    batch_import: Annotated[
        list[Path] | None, typer.Option(help="Read a provider's replies to such a file.")
    ] = None,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Build the answers to what shoppers ask, the most worthwhile first. Can be resumed."""
    import msgspec

    from goeswith.cache.warmup import Choice, Job, Limits, estimate, only_one, tally
    from goeswith.engine.warmup.warming import ceiling, kept, meaning, order_of

    settings = settings_of(home, config)
    order = order_of(settings, locale, usd_per_mtok)
    folder = Path(order.home) / "cache" / "warmup"
    if batch_export or batch_import:
        from goeswith.engine.cli.warm_batch import warm_by_batch

        warm_by_batch(
            queries,
            settings,
            order,
            Choice(top, limit),
            batch_export,
            batch_import or [],
            form=form,
            lm_calls=lm_calls,
            as_json=as_json,
        )
        return
    with open_engine(settings) as engine, only_one(folder):
        most = ceiling(engine, settings, usd_per_mtok)
        if usd is not None and most.lm_calls and not usd_per_mtok:
            raise SettingsError("--usd needs the price of the LM. Give it with --usd-per-mtok.")
        read = functools.partial(meaning, engine, locale=locale)
        told = tally(queries, read, folder / "rejects.jsonl", form=form)
        for entry in engine.popular(MOST_ASKED):
            if entry.key in told.wanted:
                told.wanted[entry.key].elsewhere = entry.asks
        job = Job(
            folder,
            told,
            functools.partial(kept, engine),
            choice=Choice(top, limit),
            limits=Limits(lm_calls, usd, max_seconds),
            ceiling=most,
        )
        opening = functools.partial(_open, executor, jobs, address)
        if dry_run:
            with scratch(folder) as place:
                measured = msgspec.structs.replace(order, scratch=str(place))
                found = estimate(job, lambda: opening(measured, None), restart=restart)
            show_estimate(found, job.limits, as_json=as_json)
            return
        with shown_progress() as progress:
            result = job.run(lambda: opening(order, engine), restart=restart, progress=progress)
    show_result(result, folder / "rejects.jsonl", as_json=as_json)
    if result.stopped == "failures":
        raise typer.Exit(FAILED)


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Give an empty folder on the disk of the store, and remove it with those that kills left."""
    for left in folder.glob("dry-run-*"):
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix="dry-run-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _open(
    where: ExecutorName, jobs: int, address: str, order: Order, engine: Engine | None
) -> Executor:
    """Open an executor; with one job here, the engine that is open already builds."""
    from goeswith.cache.warmup import fleet
    from goeswith.cache.warmup.local import InProcess, Processes
    from goeswith.engine.warmup.warming import open_worker, worker_of

    if where is ExecutorName.DASK:
        return fleet.open_dask(order.spec(), jobs, address)
    if where is ExecutorName.RAY:
        return fleet.open_ray(order.spec(), jobs, address)
    if jobs > 1:
        return Processes(order.spec(), jobs)
    return InProcess(worker_of(engine, order) if engine else open_worker(order))
