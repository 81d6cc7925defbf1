"""What every suite and every arm share: questions, lists, truth. Knows nothing of any data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

import msgspec

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings

if TYPE_CHECKING:
    from goeswith.eval.findings import Findings
    from goeswith.eval.stand import Stand

Grades = Mapping[str, int]
"""Item to grade: 0 or absent is irrelevant, 1 to 3 is relevant and ever more so."""

Truth = Mapping[str, Grades]
"""Question id to the grades of its items. No arm is ever given it."""

ItemKind = Literal["type", "sku"]
"""What a list holds: product types by their joined path ("A > B"), or SKUs."""

Fact = str | int | float


class Asked(msgspec.Struct, frozen=True):
    """All that an arm is told.

    `text` is the question as a shopper asks it, `phrase` what it is about, `basket` the SKUs the
    shopper has, `wants` the kind of item that the list must hold.
    """

    id: str
    text: str
    phrase: str
    basket: tuple[str, ...] = ()
    wants: ItemKind = "type"


class Question(msgspec.Struct, frozen=True):
    """A question with what only the harness knows.

    `stratum` groups questions in the report. `own` are items that answer nothing because the
    shopper named or has them; they are dropped from the list of every arm alike.
    """

    asked: Asked
    stratum: str
    own: frozenset[str] = frozenset()


class Claim(msgspec.Struct, frozen=True):
    """A relation that an answer states: node ids as in a subgraph ("sku:1", "type:A > B")."""

    source: str
    target: str
    relation: str
    confidence: float


class Given(msgspec.Struct, frozen=True):
    """What an arm gave to one question, and what it spent.

    Attributes:
        items: best first, none twice.
        degraded: it was cut short by a budget.
        whys: a sentence for each item, or empty.
        claims: the relations it states; empty for an arm that states none.
        tier: of the cache, "none" for what was made for this question.
        lm_calls: calls made for this question.
        lm_rounds: rounds of calls that had to wait for each other; None where it is not counted.
        lm_tokens: prompt and reply.
        usd: their price.
    """

    items: tuple[str, ...]
    degraded: bool = False
    whys: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    tier: str = "none"
    lm_calls: int = 0
    lm_rounds: int | None = None
    lm_tokens: int = 0
    usd: float = 0.0


class Built(msgspec.Struct, frozen=True):
    """What an arm made before the first question: entries kept, and what they cost."""

    seconds: float = 0.0
    entries: int = 0
    lm_calls: int = 0
    lm_tokens: int = 0
    usd: float = 0.0
    about: str = ""


class Arm(Protocol):
    """One way of answering. A new arm is a class that extends this, and a line in `ARMS`.

    It is made with a `Stand` before it is asked. One that cannot work raises `NotRun`.
    """

    @property
    def built(self) -> Built:
        """What was made before the first question."""
        return Built()

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        return


class Measure(Protocol):
    """A figure for one answer, beside those of ir-measures.

    `more` says whether more is better. `of` returns NaN where the figure makes no sense for a
    question; such a question does not count, and n says so.
    """

    name: str
    more: bool

    def of(self, question: Question, grades: Grades, given: Given, stand: Stand) -> float:
        """Return the figure. `given.items` are without the question's own items."""
        ...


class Prepared(msgspec.Struct, frozen=True):
    """A suite made ready.

    Attributes:
        home: a home folder with the index that every arm works on.
        settings: how that home was made.
        questions: in the order in which they are asked.
        truth: kept from the arms.
        measures: as ir-measures writes them, e.g. "nDCG@10"; the first decides. With any, every
            question needs truth.
        facts: what a reader needs to judge and repeat the run, by name.
        extra: measures of the suite's own.
        log: questions with counts as a shop's log knew them *before* these questions were asked;
            what an arm may warm up with. It must not be drawn from the truth.
    """

    home: Path
    settings: Settings
    questions: tuple[Question, ...]
    truth: Truth
    measures: tuple[str, ...]
    facts: dict[str, Fact]
    extra: tuple[Measure, ...] = ()
    log: tuple[tuple[str, int], ...] = ()


@runtime_checkable
class Suite(Protocol):
    """A loader, questions and truth. The harness asks the arms and judges them."""

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


@runtime_checkable
class Study(Protocol):
    """A suite that runs itself and returns tables, because its questions are no lists.

    `takes` names the arms that it can compare; empty for one that has no arms.
    """

    name: str
    about: str
    takes: ClassVar[tuple[str, ...]]

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
        """Measure. `arms` are those of `takes` that were asked for, all when none was.

        Raises:
            EvalError: the data is absent, or nothing can be measured with it.
        """
        ...


def unique(items: Sequence[str]) -> tuple[str, ...]:
    """Return the items without repeats and without empty names, in their order."""
    return tuple(item for item in dict.fromkeys(items) if item)
