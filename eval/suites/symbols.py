"""What is reasoning and what is association: the same questions with made-up product words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import msgspec
import numpy as np

from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.differences import Compared, differences
from goeswith.eval.errors import EvalError
from goeswith.eval.findings import NOT_RUN, Findings, Row, Table
from goeswith.eval.model import Asked, Prepared, Question
from goeswith.eval.run import Played, play
from goeswith.eval.shelf import Shelf, indexed, write_products
from goeswith.eval.shophome import Source
from goeswith.eval.split import cut_at, split
from goeswith.eval.statistics import Interval, bootstrap
from goeswith.eval.suites.goes_with import GoesWithSpec, load_spec, prepare
from goeswith.eval.suites.grocery import grocery_source
from goeswith.eval.symbols import Symbols

QUESTIONS = 100
RESAMPLES = 5_000
NOTE = (
    "Every product word of the catalog and of the questions is replaced, the same word always by "
    "the same made-up one; baskets, SKUs and figures stay. What survives rests on behaviour and on "
    "matching names; what is lost came from curated knowledge, from embeddings, or from an LM's "
    "associations. 'Survives' is the mean with symbols over the mean with words."
)


class SymbolStudy:
    """Every arm over a shop's own words and over symbols.

    Args:
        source: the shop; the grocery data when None.
        spec: how its questions are made.
    """

    name = "symbols"
    about = "the same grocery questions in made-up words: how much of each arm survives"
    takes: ClassVar[tuple[str, ...]] = (
        "hybrid",
        "query-time",
        "static",
        "behaviour",
        "retrieval",
        "random",
    )

    def __init__(self, source: Source | None = None, spec: GoesWithSpec | None = None) -> None:
        self._source = source
        self._spec = spec

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

        source = self._source or grocery_source()
        spec = self._spec or load_spec("grocery.toml")
        words = prepare(
            source,
            spec,
            work,
            settings,
            questions=QUESTIONS if questions is None else questions,
            seed=seed,
            progress=progress,
        )
        made_up = in_symbols(words, source, spec.split.learn_share, Symbols(seed), work, progress)
        makers = chosen(arms or self.takes)
        both = [play(prepared, makers, seed, progress) for prepared in (words, made_up)]
        measure = spec.measures[0]
        pairs = {
            name: (both[0][name].scores[measure], both[1][name].scores[measure])
            for name in makers
            if not both[0][name].not_run
        }
        compared = [
            Compared(name, f"{name} in words", measure, mine, own)
            for name, (own, mine) in pairs.items()
        ]
        return Findings(
            tables=(_table(both[0], pairs, measure, seed),),
            differences=differences(compared, seed),
            facts={**words.facts, "questions": len(words.questions)},
        )


def in_symbols(
    words: Prepared,
    source: Source,
    learn_share: float,
    symbols: Symbols,
    work: Path,
    progress: Progress,
) -> Prepared:
    """Return the same suite over the same shop in symbols, with an index of its own.

    Raises:
        EvalError: two product types would bear the same name.
    """
    from goeswith.engine.catalog import Snapshot

    catalog = Snapshot.open(Home(words.home).current().folder / "catalog")
    with TemporaryDirectory(dir=work) as scratch:
        products, baskets = Path(scratch, "catalog.jsonl"), Path(scratch, "learn.parquet")
        write_products(
            (symbols.product(catalog.product(row)) for row in range(len(catalog))), products
        )
        _learning(source, learn_share, baskets)
        shelf = Shelf("symbols", (products,), (baskets,), "plain", source.field_map)
        home = indexed(shelf, work, words.settings, progress)
    if len(Snapshot.open(Home(home).current().folder / "catalog").types) != len(catalog.types):
        raise EvalError("Two product types have the same name in symbols. Give another --seed.")
    return msgspec.structs.replace(
        words,
        home=home,
        settings=msgspec.structs.replace(words.settings, home=home),
        questions=tuple(_asked(question, symbols) for question in words.questions),
        truth={
            name: {symbols.item(item): grade for item, grade in grades.items()}
            for name, grades in words.truth.items()
        },
    )


def survives(own: np.ndarray, mine: np.ndarray, seed: int) -> Interval | str:
    """Return the mean with symbols over the mean with words, with a 95% interval (bootstrap)."""
    if own.mean() <= 0.0:
        return "nothing to lose"
    pick = np.random.default_rng(seed)
    drawn = pick.integers(0, len(own), size=(RESAMPLES, len(own)))
    below = own[drawn].mean(axis=1)
    ratios = mine[drawn].mean(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(ratios, (0.025, 0.975))
    return Interval(len(own), float(mine.mean() / own.mean()), float(low), float(high))


def _asked(question: Question, symbols: Symbols) -> Question:
    asked = question.asked
    phrase = symbols.text(asked.phrase)
    return Question(
        Asked(
            asked.id, asked.text.replace(asked.phrase, phrase), phrase, asked.basket, asked.wants
        ),
        question.stratum,
        frozenset(map(symbols.item, question.own)),
    )


def _learning(source: Source, learn_share: float, out: Path) -> None:
    import polars as pl

    baskets = pl.read_parquet(source.baskets)
    learn, _ = split(baskets, source.columns, cut_at(baskets, source.columns, learn_share))
    learn.write_parquet(out)


def _table(
    words: Mapping[str, Played],
    pairs: Mapping[str, tuple[np.ndarray, np.ndarray]],
    measure: str,
    seed: int,
) -> Table:
    rows = []
    for name, arm in words.items():
        if name not in pairs:
            rows.append(Row((name,), (f"{NOT_RUN}: {arm.not_run}", NOT_RUN, NOT_RUN)))
            continue
        own, mine = pairs[name]
        figures = (bootstrap(own, seed), bootstrap(mine, seed), survives(own, mine, seed))
        rows.append(Row((name,), figures))
    return Table(
        title=f"{measure} in the shop's own words and in symbols",
        heads=("arm",),
        measures=("words", "symbols", "survives"),
        rows=tuple(rows),
        note=NOTE,
    )
