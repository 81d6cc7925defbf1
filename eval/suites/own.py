"""The user's own shop: a catalog, baskets, questions and judgments, as far as there are any.

With judgments the lists are scored. With questions alone the arms are compared by what they answer
and what it costs. With neither, later baskets decide what goes with what, as in the grocery suite.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.errors import EvalError, EvalUsageError
from goeswith.eval.loaders.own import OwnQuestion, load_own_judgments, load_questions
from goeswith.eval.model import Asked, ItemKind, Prepared, Question, Truth
from goeswith.eval.shelf import Shelf, indexed
from goeswith.eval.shophome import Source
from goeswith.eval.split import Columns
from goeswith.eval.suites.goes_with import load_spec, prepare
from goeswith.eval.suites.judged import settings_at

NAME = "own"
MEASURES = ("nDCG@10", "R@10", "P@10")
COLUMNS = Columns(basket="basket_id", time="time")
_TIMES = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


class OwnFiles(msgspec.Struct, frozen=True):
    """The user's files. `feed` and `field_map` are those of `goeswith index`."""

    catalog: tuple[Path, ...]
    behaviour: tuple[Path, ...] = ()
    questions: Path | None = None
    judgments: Path | None = None
    feed: str | None = None
    field_map: str | None = None


class OwnSuite:
    """A suite over the user's files."""

    name = NAME
    about = "your own catalog, baskets and questions"

    def __init__(self, files: OwnFiles) -> None:
        if not files.catalog or not (files.behaviour or files.questions):
            raise EvalUsageError("Give --catalog, and --behaviour or --questions or both.")
        if files.judgments is not None and files.questions is None:
            raise EvalUsageError("Judgments judge questions: give --questions as well.")
        self._files = files

    def prepare(
        self,
        work: Path,
        settings: Settings,
        *,
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Prepared:
        """Make the suite ready. See `Suite.prepare`."""
        if self._files.questions is None:
            return self._by_later_baskets(work, settings, questions, seed, progress)
        files = self._files
        asked = drawn(load_questions(self._files.questions), questions, seed)
        wants: ItemKind = "sku"
        truth: Truth = {}
        if files.judgments is not None:
            judged = load_own_judgments(files.judgments, asked)
            wants = judged.wants
            truth = {name: grades for name, grades in judged.grades.items() if any(grades.values())}
            asked = [question for question in asked if question.id in truth]
        if not asked:
            raise EvalError("No question has a relevant item among its judgments.")
        shelf = Shelf(NAME, files.catalog, files.behaviour, _given(files.feed), files.field_map)
        home = indexed(shelf, work, settings, progress)
        return Prepared(
            home=home,
            settings=settings_at(settings, home),
            questions=tuple(_question(question, wants) for question in asked),
            truth=truth,
            measures=MEASURES if truth else (),
            facts={"judged questions": len(truth)},
        )

    def _by_later_baskets(
        self,
        work: Path,
        settings: Settings,
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Prepared:
        files = self._files
        if len(files.catalog) > 1:
            raise EvalUsageError("Without questions, give one catalog file.")
        work.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=work) as scratch:
            baskets = Path(scratch, "baskets.parquet")
            timed_baskets(files.behaviour, baskets)
            source = Source(NAME, files.catalog[0], baskets, COLUMNS, files.feed, "plain")
            return prepare(
                source,
                load_spec("own.toml"),
                work,
                settings,
                questions=questions,
                seed=seed,
                progress=progress,
            )


def timed_baskets(files: Sequence[Path], out: Path) -> None:
    """Write baskets with times as one table: basket_id, sku, time.

    Raises:
        EvalError: a file lacks one of the columns, or its times cannot be read.
    """
    import polars as pl

    frames = []
    for file in files:
        try:
            frame = (
                pl.read_parquet(file)
                if file.suffix == ".parquet"
                else pl.read_csv(file, infer_schema=False)
            )
            chosen = frame.select("basket_id", "sku", "time")
            if chosen["time"].dtype == pl.String:
                chosen = chosen.with_columns(
                    pl.coalesce(
                        pl.col("time").str.slice(0, 19).str.to_datetime(form, strict=False)
                        for form in _TIMES
                    )
                )
        except (OSError, pl.exceptions.PolarsError) as error:
            raise EvalError(
                f"{file} cannot be split by time: {error}. It needs the columns basket_id, sku and "
                "time; or give --questions."
            ) from error
        if chosen["time"].null_count():
            raise EvalError(f"{file} has times that cannot be read. Write 2026-01-31T12:00:00.")
        frames.append(chosen.cast({"basket_id": pl.String, "sku": pl.String}))
    pl.concat(frames).write_parquet(out)


def drawn(questions: Sequence[OwnQuestion], count: int | None, seed: int) -> list[OwnQuestion]:
    """Return up to `count` of the questions, all when None, in their order."""
    if count is None or count >= len(questions):
        return list(questions)
    places = np.random.default_rng(seed).permutation(len(questions))[:count]
    return [questions[place] for place in sorted(places.tolist())]


def _question(question: OwnQuestion, wants: ItemKind) -> Question:
    asked = Asked(question.id, question.text, question.phrase, question.basket, wants)
    return Question(asked, question.stratum, frozenset(question.basket))


def _given(feed: str | None) -> str | Path | None:
    return Path(feed) if feed and feed.endswith(".toml") else feed
