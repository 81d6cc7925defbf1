"""Does asking rank by rank find more than asking once? Gold decompositions as a perfect LM."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import numpy as np

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.differences import Compared, differences
from goeswith.eval.findings import Findings, Row, Table
from goeswith.eval.loaders.multihop import (
    FILES,
    ORIGIN,
    Multihop,
    Passages,
    load_2wiki,
    load_hotpot,
    load_musique,
)
from goeswith.eval.rankwise import ONCE, Read, Search, logicrag_rounds, recall, rounds, ways_of
from goeswith.eval.statistics import Interval, bootstrap, proportion

DATA = "multihop"
EACH = (2, 5)
"""Passages read for each need."""

NOTE = (
    "'By rank' searches the needs of a rank together, filled with what the ranks before gave: gold "
    "answers stand for an LM that reads without error, best titles need no LM. 'One search' reads "
    "as many passages for the whole question. LM rounds in sequence: one to plan and one a rank; "
    "LogicRAG's are 4 + 2r for r ranks (arXiv 2508.06105)."
)


class MultihopStudy:
    """Supporting passages found by rank and by one search, and the LM rounds of both."""

    name = "multihop"
    about = "passages found rank by rank on gold decompositions, beside one search as large"
    takes: ClassVar[tuple[str, ...]] = ()

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
        folder = data_folder(DATA, FILES, ORIGIN)
        work.mkdir(parents=True, exist_ok=True)
        rows: list[Row] = []
        compared: list[Compared] = []
        asked = 0
        for load in (load_musique, load_hotpot, load_2wiki):
            passages = load(folder)
            chosen = drawn(passages.questions, questions, seed)
            asked += len(chosen)
            with TemporaryDirectory(dir=work) as scratch:
                search = searcher(passages, Path(scratch), settings, progress)
                for each in EACH:
                    found, more = measured(passages, chosen, search, each, seed)
                    rows += found
                    compared += more
        measures = ("found", "all found", "passages read", "LM rounds", "LogicRAG's rounds")
        table = Table(
            title="supporting passages",
            heads=("set", "passages a need", "way"),
            measures=measures,
            rows=tuple(rows),
            note=NOTE,
        )
        return Findings(
            (table,), differences=differences(compared, seed), facts={"questions": asked}
        )


def measured(
    passages: Passages, questions: Sequence[Multihop], search: Search, each: int, seed: int
) -> tuple[list[Row], list[Compared]]:
    """Return a row for each way of reading, and each way beside the single search."""
    titles = [title for title, _ in passages.passages]
    ways = ways_of(questions, search, titles, each)
    shares = {name: np.array(recall(questions, reads)) for name, reads in ways.items()}
    rows = [_row((passages.name, str(each), n), ways[n], shares[n], seed) for n in ways]
    *others, last = ways
    measure = f"found, {passages.name}, {each} a need"
    return rows, [Compared(name, last, measure, shares[name], shares[last]) for name in others]


def drawn(questions: Sequence[Multihop], count: int | None, seed: int) -> list[Multihop]:
    """Return up to `count` of the questions, all when None, in their order."""
    if count is None or count >= len(questions):
        return list(questions)
    places = np.random.default_rng(seed).permutation(len(questions))[:count]
    return [questions[place] for place in sorted(places.tolist())]


def searcher(passages: Passages, folder: Path, settings: Settings, progress: Progress) -> Search:
    """Index passages as a catalog of titles with text, and return the search over them."""
    from goeswith.engine.retrieval import Retriever, build_retrieval, load_embedder
    from goeswith.engine.retrieval.corpus import MemoryCorpus

    corpus = MemoryCorpus(
        titles=[title for title, _ in passages.passages],
        texts=[f"{title}. {text}" for title, text in passages.passages],
    )
    embedder = load_embedder(settings.retrieval.embedder)
    build_retrieval(corpus, folder / "index", embedder, progress)
    retriever = Retriever.open(folder / "index", corpus, embedder)
    return lambda phrase, count: retriever.products(phrase, count).rows.tolist()


def _row(labels: tuple[str, ...], reads: Sequence[Read], shares: np.ndarray, seed: int) -> Row:
    def mean(values: Sequence[int]) -> Interval:
        return bootstrap(np.array(values, dtype=np.float64), seed)

    found = (
        bootstrap(shares, seed),
        proportion(int((shares == 1.0).sum()), len(shares)),
        mean([len(read.passages) for read in reads]),
    )
    if labels[-1] == ONCE:
        return Row(labels, (*found, "none", "none"))
    ours = mean([rounds(read.ranks) for read in reads])
    return Row(labels, (*found, ours, mean([logicrag_rounds(read.ranks) for read in reads])))
