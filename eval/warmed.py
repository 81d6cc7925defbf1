"""Warms a home from a log of questions, as `goeswith warm` does, in this process."""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.engine import Engine
from goeswith.engine.settings import Settings

if TYPE_CHECKING:
    from goeswith.cache.warmup import Result
    from goeswith.prompts import LM

Log = Sequence[tuple[str, int]]
"""Questions with how often they were asked."""


def warm(
    settings: Settings,
    log: Log,
    *,
    top: float = 1.0,
    most: int | None = None,
    lm: LM | None = None,
) -> Result:
    """Build the answers that a log asks for, the most worthwhile first, into the home's cache.

    Args:
        settings: they name the home.
        log: the questions.
        top: share of the distinct questions to build, in 0..1.
        most: at most so many questions.
        lm: asked instead of the model that the settings name; the caller's to close.

    Raises:
        CacheError: the cache cannot be written.
    """
    from goeswith.cache.warmup import Choice, Job, only_one, tally
    from goeswith.cache.warmup.local import InProcess
    from goeswith.engine.warmup.warming import ceiling, kept, meaning, order_of, worker_of

    order = order_of(settings)
    folder = Path(order.home) / "cache" / "warmup"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "log.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["query", "count"])
        rows.writerows(log)
    with Engine.open(order.home, settings=settings, lm=lm) as engine, only_one(folder):
        job = Job(
            folder,
            tally([file], functools.partial(meaning, engine), folder / "rejects.jsonl"),
            functools.partial(kept, engine),
            choice=Choice(top, most),
            ceiling=ceiling(engine, settings),
        )
        return job.run(lambda: InProcess(worker_of(engine, order)), restart=True)
