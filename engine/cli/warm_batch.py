"""Warm-up by a provider's batch files, and what a round of it shows."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.cli.context import console

if TYPE_CHECKING:
    from goeswith.cache.warmup import Choice, Job
    from goeswith.engine.engine import Engine
    from goeswith.engine.settings import Settings
    from goeswith.engine.warmup.warming import Order


def warm_by_batch(
    queries: list[Path],
    settings: Settings,
    order: Order,
    choice: Choice,
    export: Path | None,
    replies: Sequence[Path],
    *,
    form: str | None,
    lm_calls: int | None,
    as_json: bool,
) -> None:
    """Do one round and print what it came to."""
    import msgspec

    from goeswith.cache.warmup import Job, tally
    from goeswith.engine.warmup.rounds import warm_round
    from goeswith.engine.warmup.warming import kept, meaning

    def job(engine: Engine, folder: Path) -> Job:
        read = functools.partial(meaning, engine, locale=order.locale)
        asked = tally(queries, read, folder / "rejects.jsonl", form=form)
        return Job(folder, asked, functools.partial(kept, engine), choice=choice)

    done = warm_round(settings, order, job, export, replies, most_requests=lm_calls)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
        return
    screen = console()
    line = f"{done.stored:,} answers stored, {done.waiting:,} questions wait for replies"
    if done.left:
        line += f", {done.left:,} not begun"
    screen.print(line)
    for reason, count in done.failed.items():
        screen.print(f"  failed, {reason}: {count:,}")
    line = f"{done.replies:,} replies read"
    if done.bad:
        line += f", {done.bad:,} lines that are no reply"
    if done.failed_requests:
        line += f", {done.failed_requests:,} requests the provider could not answer"
    if done.file:
        line += f"; {done.requests:,} requests in {done.file}"
    elif done.requests:
        line += f"; {done.requests:,} requests wait: write them with --batch-export"
    screen.print(line)
