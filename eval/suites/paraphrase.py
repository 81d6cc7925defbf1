"""How often the paraphrase tier serves another wording, and how often another question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.calibration import share
from goeswith.eval.findings import Findings, Row, Table
from goeswith.eval.paraphrase import FILES, Pair, cross, know, quality, read_pairs
from goeswith.eval.statistics import Interval

NEVER_TUNED = "never tuned on"
SHIPPED = "guard (shipped)"
NOTE = (
    "Hit rate counts paraphrases that the exact key does not serve already. Negatives are pairs "
    "that differ in a number, a size, a model, a brand, a negation, a price, a direction or the "
    "thing itself. 'At most' is the one-sided 95% bound; above 1% the tier must stay off."
)


class ParaphraseStudy:
    """Hits and false hits of embeddings alone and of the guard, on pairs in three shops."""

    name = "paraphrase"
    about = "false hits and hits of the semantic tier, on paraphrases and near misses"
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
        pairs = some([pair for name in FILES for pair in read_pairs(name)], questions, seed)
        progress("pairs", 0, len(pairs))
        known = know((t for p in pairs for t in (p.one, p.other)), settings.retrieval.embedder)
        pairs = [p for p in pairs if p.one in known and p.other in known]
        rows = quality(pairs, known)
        progress("pairs", len(pairs), len(pairs))
        crossed, _ = cross(pairs, known)
        final = next(row for row in rows if (row["path"], row["part"]) == (SHIPPED, NEVER_TUNED))
        return Findings(
            tables=(
                Table(
                    title="pairs of questions",
                    heads=("served by", "part"),
                    measures=("hit rate", "with exact key", "false hits", "at most"),
                    rows=tuple(
                        Row(
                            (str(row["path"]), str(row["part"])),
                            (
                                *_hits(row),
                                share(int(row["false"]), int(row["negatives"])),
                                f"{row['false <=']:.4f}",
                            ),
                        )
                        for row in rows
                        if row["part"] in {NEVER_TUNED, "adversarial"}
                    ),
                    note=NOTE,
                ),
                Table(
                    title="all pairs of questions with different meanings",
                    heads=("served by", "at most a million"),
                    measures=("false hits a million pairs",),
                    rows=tuple(
                        Row((str(row["path"]), f"{row['<= per million']:,.1f}"), (_million(row),))
                        for row in crossed
                    ),
                ),
            ),
            facts={"questions": len(known), "pairs": len(pairs)},
            headline=(
                f"The guard serves {final['hit rate']:.0%} of new paraphrases; "
                f"false hits at most {final['false <=']:.2%}."
            ),
        )


def _hits(row: Mapping[str, str | float]) -> tuple[Interval | str, str]:
    if not row["paraphrases"]:
        return "no paraphrases", "no paraphrases"
    return share(int(row["hits"]), int(row["paraphrases"])), f"{row['with exact']:.3f}"


def _million(row: Mapping[str, str | float]) -> Interval:
    found = share(int(row["false"]), int(row["pairs"]))
    return Interval(found.n, found.mean * 1e6, found.low * 1e6, found.high * 1e6)


def some(pairs: Sequence[Pair], count: int | None, seed: int) -> list[Pair]:
    """Return up to `count` of the pairs, all when None, in their order."""
    if count is None or count >= len(pairs):
        return list(pairs)
    places = np.random.default_rng(seed).permutation(len(pairs))[:count]
    return [pairs[place] for place in sorted(places.tolist())]
