"""Distillation by a provider's batch files: one round is one import and one export.

Run it until nothing waits. Each round reads all replies so far, works off every type whose calls
are answered, and writes down the calls that the others wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from goeswith.engine.distil.job import Result
from goeswith.engine.distil.session import FOLDER, Limits, open_session
from goeswith.engine.lm.batch import open_batch
from goeswith.engine.settings import Settings


class Round(msgspec.Struct, frozen=True):
    """What one round came to: replies read, bad lines, failed requests, requests that wait."""

    replies: int
    bad: int
    failed: int
    requests: int
    file: str
    result: Result


def batch_round(
    settings: Settings,
    limits: Limits,
    limit: int | None,
    export: Path | None,
    replies: Sequence[Path],
    *,
    restart: bool = False,
) -> Round:
    """Do one round.

    Raises:
        SettingsError: there is no model, or a batch file cannot be used.
        HomeError: as `open_session`.
    """
    with open_batch(settings, FOLDER, replies) as batch, open_session(settings, batch.lm) as open_:
        result = open_.job(limit).run(
            open_.asker(batch.lm, limits), restart=restart, until_answered=False
        )
        requests = batch.finish(export)
    return Round(
        replies=batch.read,
        bad=batch.bad,
        failed=batch.failed,
        requests=requests,
        file=str(export) if export and requests else "",
        result=result,
    )
