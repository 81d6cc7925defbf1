"""Lexical search: the protocol, and the plain rank-bm25 index for small pools."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Found = tuple[NDArray[np.int32], NDArray[np.float32]]

K1, B, EPSILON = 1.5, 0.75, 0.25
"""BM25 parameters, those of rank-bm25's `BM25Okapi`."""


class LexicalIndex(Protocol):
    """Scores documents by the words they share with a query."""

    def search(self, query: Sequence[str], k: int, mask: Mask | None = None) -> Found:
        """Return up to k documents that hold a query term, best first, ties by number.

        `query` is a list of terms. `mask` has one flag per document; False documents never appear.
        """
        ...


class RankBM25:
    """`rank_bm25.BM25Okapi` over term lists. Linear in the pool: for up to about 2,000."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._sets = [frozenset(d) for d in documents]
        self._index = None
        if any(self._sets):
            bm25 = importlib.import_module("rank_bm25")
            self._index = bm25.BM25Okapi([list(d) for d in documents], k1=K1, b=B, epsilon=EPSILON)

    def search(self, query: Sequence[str], k: int, mask: Mask | None = None) -> Found:
        """See `LexicalIndex.search`."""
        wanted = set(query)
        rows = [
            row
            for row, words in enumerate(self._sets)
            if not wanted.isdisjoint(words) and (mask is None or mask[row])
        ]
        if self._index is None or not rows:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        found = np.array(rows, np.int32)
        scores = np.asarray(self._index.get_scores(list(query)), np.float32)[found]
        return best(found, scores, k)


def best(rows: NDArray[np.int32], scores: NDArray[np.float32], k: int) -> Found:
    """Return the k best of (rows, scores), by score then row."""
    if k <= 0:
        return rows[:0], scores[:0]
    if len(rows) > k:
        floor = np.partition(scores, len(scores) - k)[len(scores) - k]
        above = scores > floor
        missing = k - int(np.count_nonzero(above))
        ties = np.flatnonzero(scores == floor)
        if len(ties) > missing:
            ties = ties[np.argpartition(rows[ties], missing - 1)[:missing]]
        keep = np.concatenate([np.flatnonzero(above), ties])
        rows, scores = rows[keep], scores[keep]
    if len(rows) > 1 and bool((scores[1:] < scores[:-1]).all()):
        return rows, scores
    order = np.lexsort((rows, -scores))
    return rows[order], scores[order]
