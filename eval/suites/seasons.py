"""The same shop at several cuts of the year: how much what was learnt still holds later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.findings import NOT_RUN, Findings, Row, Table
from goeswith.eval.model import Fact
from goeswith.eval.run import play
from goeswith.eval.statistics import bootstrap
from goeswith.eval.suites.giftware import GiftwareSuite

CUTS = (0.5, 0.65, 0.8, 0.9)
"""Shares of the weeks to learn from. Weeks after the last two are the Christmas season."""

NOTE = (
    "Everything before a cut may be learnt, everything after it decides. Later cuts leave more to "
    "learn from and a shorter, more seasonal time to be judged by. Rows of one cut compare; rows "
    "of different cuts also differ in their questions."
)


class SeasonStudy:
    """Gifts at several cuts of the year, every arm at each."""

    name = "giftware-seasons"
    about = "gifts at several cuts of the year: how far each arm drifts with the season"
    takes: ClassVar[tuple[str, ...]] = (
        "hybrid",
        "query-time",
        "static",
        "behaviour",
        "retrieval",
        "popular",
        "random",
    )

    def run(
        self,
        work: Path,
        settings: Settings,
        *,
        arms: Sequence[str],
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Findings:
        """Measure. See `Study.run`."""
        from goeswith.eval.arms import chosen

        makers = chosen(arms or self.takes)
        rows: list[Row] = []
        facts: dict[str, Fact] = {"questions": 0}
        measures: tuple[str, ...] = ()
        for share in CUTS:
            prepared = GiftwareSuite(f"giftware at {share:.0%}", share).prepare(
                work, settings, questions=questions, seed=seed, progress=progress
            )
            measures = prepared.measures
            facts["questions"] = int(facts["questions"]) + len(prepared.questions)
            cut = str(prepared.facts["cut"])
            for name, arm in play(prepared, makers, seed, progress).items():
                figures = (
                    tuple(f"{NOT_RUN}: {arm.not_run}" for _ in measures)
                    if arm.not_run
                    else tuple(bootstrap(arm.scores[measure], seed) for measure in measures)
                )
                rows.append(Row((cut, name), figures))
        table = Table("at each cut of the year", ("cut", "arm"), measures, tuple(rows), NOTE)
        return Findings((table,), facts=facts)
