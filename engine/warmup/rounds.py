"""Warm-up by a provider's batch files: one round is one import and one export.

Run it until nothing waits. Each round builds every question that is not stored yet: it stores
those whose calls are all answered, and writes down the calls that the others wait for. What is
stored equals what a live build would have stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from goeswith.cache.warmup import Job, Outcome, only_one
from goeswith.engine.engine import Engine
from goeswith.engine.lm.batch import open_batch
from goeswith.engine.settings import Settings
from goeswith.engine.warmup.warming import Order, worker_of

FOLDER = "warmup"


class WarmRound(msgspec.Struct, frozen=True):
    """What one round came to.

    stored: questions whose answers are stored now. waiting: questions with calls that are not
    answered yet. failed: questions that could not be built, by reason. left: questions not begun
    because the calls of the limit were written down. The rest is as in a distillation's round.
    """

    stored: int
    waiting: int
    failed: dict[str, int]
    left: int
    replies: int
    bad: int
    failed_requests: int
    requests: int
    file: str


def warm_round(
    settings: Settings,
    order: Order,
    make_job: Callable[[Engine, Path], Job],
    export: Path | None,
    replies: Sequence[Path],
    *,
    most_requests: int | None = None,
) -> WarmRound:
    """Do one round.

    Args:
        settings: of the home.
        order: how a worker opens it.
        make_job: reads the log, in terms of an open engine and the folder of the warm-up.
        export: where the calls that wait are written.
        replies: a provider's replies to earlier files.
        most_requests: write down no more calls than these.

    Raises:
        SettingsError: there is no model, or a batch file cannot be used.
        WarmupError: another warm-up is running.
    """
    folder = Path(order.home) / "cache" / FOLDER
    stored = waiting = left = 0
    failed: dict[str, int] = {}
    with (
        open_batch(settings, FOLDER, replies) as batch,
        Engine.open(order.home, settings=settings, lm=batch.lm) as engine,
        only_one(folder),
    ):
        worker = worker_of(engine, order)
        for item in make_job(engine, folder).plan(restart=True).todo:
            before = batch.deferred
            if most_requests is not None and batch.requests >= most_requests:
                left += 1
                continue
            built = worker.build(item.text)
            if built.outcome is not Outcome.FAILED:
                stored += 1
            elif batch.deferred > before:
                waiting += 1
            else:
                failed[built.reason] = failed.get(built.reason, 0) + 1
        requests = batch.finish(export)
    return WarmRound(
        stored=stored,
        waiting=waiting,
        failed=failed,
        left=left,
        replies=batch.read,
        bad=batch.bad,
        failed_requests=batch.failed,
        requests=requests,
        file=str(export) if export and requests else "",
    )
