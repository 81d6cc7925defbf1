"""Asks a model outside of any question: no deadline, one purse for the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from goeswith.engine.lm.asking import Ask
from goeswith.engine.lm.spending import Ledger
from goeswith.prompts import LM, Both, Call, Cost, Failed, Purse, Tally
from goeswith.prompts.errors import CallError


class Offline:
    """Asks programs at once and waits for all.

    Args:
        lm: the model.
        calls: LM calls of the run at most. None is no bound.
        tokens: LM tokens of the run at most.
        usd: money of the run at most, in US dollars.
        ledger: counts and caps the day; None counts nothing.
    """

    def __init__(
        self,
        lm: LM,
        *,
        calls: int | None = None,
        tokens: int | None = None,
        usd: float | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self._lm = lm
        self._tally = Tally(calls, tokens, usd)
        self._purse: Purse = Both(self._tally, ledger) if ledger else self._tally

    @property
    def spent(self) -> Cost:
        """What the run has cost so far."""
        return self._tally.spent

    def __call__(self, asks: Sequence[Ask[Any, Any]]) -> list[Any]:
        """Ask all at once. Returns a result or a `Failed` for each, in order."""
        futures = [
            ask.program.submit(
                self._lm, ask.about, Call(stage=f"distil_{ask.program.name}", purse=self._purse)
            )
            for ask in asks
        ]
        results: list[Any] = []
        for future in futures:
            try:
                results.append(self._lm.loop.wait(future, None))
            except CallError as error:
                results.append(Failed(error.reason, error.detail))
        return results
