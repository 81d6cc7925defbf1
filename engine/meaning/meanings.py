"""Which product types of this shop a phrase means.

Retrieval finds types whose words or embeddings are near. Here the head noun decides what the
phrase is about ("pasta" is a dry noodle before it is a pasta sauce), and how often a type is bought
decides between a shelf everybody knows and a rare one of the same name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from goeswith.engine.meaning.kinds import Kinds, head_nouns
from goeswith.engine.retrieval import Retriever, TypeHits
from goeswith.engine.retrieval.text import terms

Fits = Callable[[str, int], bool]
"""Tells whether a phrase may mean a type id at all."""

CANDIDATES = 24
WITHIN_OF_BEST = 0.8
MOST = 6
_HEAD_ABOVE = 0.95
_NAMED_IN_FULL = 0.8
_NOT_HEAD = 0.55
_RARE = 0.5
_KNOWN = 0.2


class Meanings:
    """Ranks product types for phrases.

    Args:
        retriever: finds candidates.
        kinds: tells head nouns.
        popularity: baskets by type id; empty or all zero in a shop without behaviour.
    """

    def __init__(
        self, retriever: Retriever, kinds: Kinds, popularity: npt.NDArray[np.int64]
    ) -> None:
        self._retriever = retriever
        self._kinds = kinds
        self._popularity = popularity

    def of(
        self, phrase: str, synonyms: Iterable[str] = (), *, fits: Fits | None = None
    ) -> dict[int, float]:
        """Return type ids with scores in 0..1, best first; empty when nothing is near enough.

        With `fits`, types that it refuses for a wording of the phrase are not considered for it.
        """
        best: dict[int, float] = {}
        for name in (phrase, *synonyms):
            hits = self._retriever.types(name, CANDIDATES)
            if fits is not None:
                hits = hits.only([fits(name, type_id) for type_id in hits.type_ids.tolist()])
            for type_id, score in self.rank(name, hits).items():
                best[type_id] = max(best.get(type_id, 0.0), score)
        return nearest(best)

    def rank(self, phrase: str, hits: TypeHits) -> dict[int, float]:
        """Return the hits re-ranked, the best and those near it only.

        A phrase that is a type's very name means it, also where its embedding tells nothing.
        """
        if not hits.matched:
            return self._named(phrase, hits.type_ids[hits.coverage >= 1.0].tolist())
        named = self._named(phrase, hits.type_ids.tolist())
        if named:
            return named
        heads = {
            head
            for name in (phrase, *self._retriever.variants(phrase))
            for head in head_nouns(name)
        }
        words = frozenset(terms(phrase))
        ids = hits.type_ids.tolist()
        most = max((self._bought(type_id) for type_id in ids), default=0.0)
        own = any(self._kinds.heads(type_id) & heads for type_id in ids)
        return nearest(
            {
                type_id: score
                * self._about(type_id, heads, words, named=own)
                * self._common(type_id, most)
                for type_id, score in zip(ids, hits.scores.tolist(), strict=True)
            }
        )

    def _named(self, phrase: str, ids: list[int]) -> dict[int, float]:
        """Return the types that bear the phrase as their name, unless they are rare shelves."""
        named = [t for t in ids if self._kinds.name(t) == phrase.lower()]
        most = max((int(self._popularity[t]) for t in ids), default=0)
        if not named or max(int(self._popularity[t]) for t in named) < _KNOWN * most:
            return {}
        busiest = max(self._bought(t) for t in named)
        return nearest({t: self._common(t, busiest) for t in named})

    def _about(self, type_id: int, heads: set[str], words: frozenset[str], *, named: bool) -> float:
        """Return how far a type is about the phrase's head noun.

        The name of its shelf counts nearly as much as its own, unless the shelf lists several
        things and some other type (`named`) has the noun in its own name: a brush from the shelf
        of "brooms and mops" is no mop.
        """
        if not heads or self._kinds.heads(type_id) & heads:
            return 1.0
        own = self._kinds.segments(type_id)[-1:]
        if len(words) > 1 and any(known >= words for _, known in own):
            return _NAMED_IN_FULL
        if named and self._kinds.is_mixed(type_id):
            return _NOT_HEAD
        above = (nouns for nouns, _ in self._kinds.segments(type_id)[:-1])
        return _HEAD_ABOVE if any(nouns & heads for nouns in above) else _NOT_HEAD

    def _common(self, type_id: int, most: float) -> float:
        if most <= 0.0:
            return 1.0
        return _RARE + (1.0 - _RARE) * self._bought(type_id) / most

    def _bought(self, type_id: int) -> float:
        return math.log1p(int(self._popularity[type_id]))


def nearest(scores: dict[int, float]) -> dict[int, float]:
    """Return the best of scored types and those near it, best first, ties by id."""
    best = max(scores.values(), default=0.0)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return {t: round(s, 4) for t, s in ranked[:MOST] if best > 0.0 and s >= best * WITHIN_OF_BEST}
