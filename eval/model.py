"""What every suite and every arm share: questions, lists, truth. Knows nothing of any data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from goeswith.engine.indexing import Progress
from goeswith.engine.settings import Settings

Grades = Mapping[str, int]
"""Item to grade: 0 or absent is irrelevant, 1 to 3 is relevant and ever more so."""

Truth = Mapping[str, Grades]
"""Question id to the grades of its items. No arm is ever given it."""


class Asked(msgspec.Struct, frozen=True):
    """All that an arm is told: the question as a shopper asks it, and the phrase it is about."""

    id: str
    text: str
    phrase: str


class Question(msgspec.Struct, frozen=True):
    """A question with what only the harness knows.

    `stratum` groups questions in the report. `own` are items that answer nothing because the
    shopper named them; they are dropped from the list of every arm alike.
    """

    asked: Asked
    stratum: str
    own: frozenset[str] = frozenset()


class Given(msgspec.Struct, frozen=True):
    """What an arm gave: items, best first, none twice. `degraded` is set when it was cut short."""

    items: tuple[str, ...]
    degraded: bool = False


class Arm(Protocol):
    """One way of answering. A new arm is one class with this method, and a line in `ARMS`."""

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        ...


class Prepared(msgspec.Struct, frozen=True):
    """A suite made ready.

    Attributes:
        home: a home folder with the index that every arm works on.
        settings: how that home was made.
        questions: in the order in which they are asked.
        truth: kept from the arms.
        measures: as ir-measures writes them, e.g. "nDCG@10".
        facts: what a reader needs to judge and repeat the run, by name.
    """

    home: Path
    settings: Settings
    questions: tuple[Question, ...]
    truth: Truth
    measures: tuple[str, ...]
    facts: dict[str, str | int | float]


class Suite(Protocol):
    """A loader, questions and truth."""

    name: str
    about: str

    def prepare(
        self,
        work: Path,
        settings: Settings,
        *,
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Prepared:
        """Make the suite ready; what is slow to make is kept in the folder `work`.

        Raises:
            EvalError: the data is absent, or the suite cannot be made from it.
        """
        ...


def unique(items: Sequence[str]) -> tuple[str, ...]:
    """Return the items without repeats and without empty names, in their order."""
    return tuple(item for item in dict.fromkeys(items) if item)
