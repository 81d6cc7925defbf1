"""What follows an ask once its answer is found: it is counted, and mended meanwhile if need be."""

from __future__ import annotations

import msgspec

from goeswith.cache import Usage
from goeswith.engine.budget import Budget, Clock
from goeswith.engine.request import Request
from goeswith.engine.serving.background import Background, unhurried
from goeswith.engine.serving.mending import Mends
from goeswith.engine.serving.opened import Opened, Reading
from goeswith.engine.serving.tiers import Found

COUNTS_EVERY_S = 60.0
"""How often what was counted is written, in seconds, besides at the end."""


class Asked:
    """Counts asks, and has a stale answer refreshed or a cut one finished by whoever mends."""

    def __init__(
        self,
        usage: Usage,
        background: Background | None,
        mends: Mends | None,
        budget: Budget,
        clock: Clock,
    ) -> None:
        self._usage = usage
        self._background = background
        self._mends = mends
        self._budget = budget
        self._clock = clock
        self._counted = clock()

    def __call__(self, request: Request, opened: Opened, meant: Reading, found: Found) -> None:
        """Take note of an ask and the answer that was found for it."""
        self._usage.count(f"asks.{found.tier}")
        if meant.personal:
            return
        if not meant.question.basket:
            self._usage.asked(meant.key, meant.question.canonical, meant.question.locale)
        background = self._background
        if background is not None and self._clock() - self._counted > COUNTS_EVERY_S:
            self._counted = self._clock()
            background.submit("counts", self._usage.flush)
        if self._mends is not None and (found.stale or found.unfinished):
            self._usage.count("asks.stale" if found.stale else "asks.cut")
            patient = unhurried(meant.budget, self._budget)
            shared = msgspec.structs.replace(request, profile=None, budget=None, include=())
            # Once an index: what the next one makes stale again is not left to rest.
            name = f"{meant.key}{opened.generation.folder.name}"
            self._mends.mend(name, shared, patient)
