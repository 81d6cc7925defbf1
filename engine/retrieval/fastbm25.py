"""Exact BM25 over precomputed weights in flat arrays. Builds in numpy, opens as memory maps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from threading import local

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.retrieval.lexical import EPSILON, K1, B, Found, Mask, best
from goeswith.engine.retrieval.store import Folder, key_hash, key_hashes

_REMEMBERED_TERMS = 65536
_SLACK = 1.00001
"""Bounds are widened by this, because float32 sums round."""
_Entry = tuple[int, int, float, int]
"""Start and end of a posting, its highest weight, and how often the query repeats the term."""


class FastBM25:
    """Ranks exactly as `BM25Okapi` (k1 1.5, b 0.75), reading only the postings it must.

    A posting is (document, weight) with the whole BM25 weight computed at build time. A query reads
    its rarest term first. Once the k-th best score exceeds what the remaining terms could add, no
    new document can enter, and the remaining terms are only looked up for the documents already
    found (MaxScore; Turtle and Flood, 1995). Scores are float32.
    """

    def __init__(
        self,
        documents: int,
        hashes: NDArray[np.uint64],
        starts: NDArray[np.int64],
        rows: NDArray[np.int32],
        weights: NDArray[np.float32],
        *,
        highest: NDArray[np.float32],
    ) -> None:
        self.documents = documents
        self._hashes = hashes
        self._starts = starts
        self._rows = rows
        self._weights = weights
        self._highest = highest
        self._places: dict[str, tuple[int, int, float]] = {}
        self._scratch = local()

    @property
    def terms(self) -> int:
        """Number of distinct terms."""
        return len(self._hashes)

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> FastBM25:
        """Index documents given as term lists, in order."""
        vocabulary: dict[str, int] = {}
        flat: list[NDArray[np.int32]] = []
        lengths: list[int] = []
        for document in documents:
            ids = [vocabulary.setdefault(term, len(vocabulary)) for term in document]
            lengths.append(len(ids))
            flat.append(np.array(ids, np.int32))
        return cls._from_ids(
            key_hashes(vocabulary),
            np.concatenate(flat) if flat else np.zeros(0, np.int32),
            np.array(lengths, np.int64),
        )

    @classmethod
    def _from_ids(
        cls, hashes: NDArray[np.uint64], flat: NDArray[np.int32], lengths: NDArray[np.int64]
    ) -> FastBM25:
        count = len(lengths)
        order = np.argsort(hashes, kind="stable")
        position = np.empty(len(order), np.int64)
        position[order] = np.arange(len(order))
        documents = np.repeat(np.arange(count, dtype=np.int64), lengths)
        keys = position[flat] * max(count, 1) + documents
        keys, frequency = np.unique(keys, return_counts=True)
        term = keys // max(count, 1)
        rows = (keys % max(count, 1)).astype(np.int32)
        document_frequency = np.bincount(term, minlength=len(hashes))
        idf = np.log(count - document_frequency + 0.5) - np.log(document_frequency + 0.5)
        if len(idf):
            idf = np.where(idf < 0, EPSILON * idf.mean(), idf)
        average = lengths.mean() if count else 1.0
        norm = K1 * (1 - B + B * lengths / max(average, 1e-9))
        weights = (idf[term] * (frequency * (K1 + 1) / (frequency + norm[rows]))).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(document_frequency)]).astype(np.int64)
        highest = (
            np.maximum.reduceat(weights, starts[:-1]) if len(hashes) else np.zeros(0, np.float32)
        )
        return cls(count, hashes[order], starts, rows, weights, highest=highest)

    def save(self, folder: Folder, name: str) -> None:
        """Write the arrays to the folder under `name`."""
        folder.put(f"{name}.size", np.array([self.documents], np.int64))
        for part in ("hashes", "starts", "rows", "weights", "highest"):
            folder.put(f"{name}.{part}", getattr(self, f"_{part}"))

    @classmethod
    def open(cls, folder: Folder, name: str) -> FastBM25:
        """Open the arrays as memory maps; raises HomeDamagedError."""
        return cls(
            int(folder.get(f"{name}.size", np.int64)[0]),
            folder.get(f"{name}.hashes", np.uint64),
            folder.get(f"{name}.starts", np.int64),
            folder.get(f"{name}.rows", np.int32),
            folder.get(f"{name}.weights", np.float32),
            highest=folder.get(f"{name}.highest", np.float32),
        )

    def search(self, query: Sequence[str], k: int, mask: Mask | None = None) -> Found:
        """See `LexicalIndex.search`."""
        plan = self._plan(query)
        if not plan or k <= 0:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        remaining = _tail_sums(plan)
        prunable = all(bound > 0 for _, _, bound, _ in plan)
        totals = self._totals()
        touched: list[NDArray[np.int32]] = []
        floor = -np.inf
        try:
            for step, entry in enumerate(plan):
                if floor > remaining[step] * _SLACK:
                    rows = distinct(touched)
                    scores = totals[rows]
                    found = self._complete(rows, scores, plan[step:], remaining[step:], floor)
                    return best(*found, k)
                rows, weights = self._posting(entry, mask)
                totals[rows] += weights
                touched.append(rows)
                if prunable:
                    floor = max(floor, _kth(totals[rows], k))
            rows = np.concatenate(touched)
            scores = totals[rows]
            rows = distinct([rows[scores >= floor]])
            return best(rows, totals[rows], k)
        finally:
            for rows in touched:
                totals[rows] = 0

    def score(self, query: Sequence[str], rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the scores of given documents, 0 for those without a query term."""
        out = np.zeros(len(rows), np.float32)
        for entry in self._plan(query):
            self._look_up(entry, rows, out)
        return out

    def holding_all(self, query: Sequence[str], limit: int) -> NDArray[np.int32]:
        """Return the first documents, at most `limit`, that hold every query term."""
        plan = self._plan(query)
        if not plan or len(plan) < len(set(query)):
            return np.zeros(0, np.int32)
        rows = self._rows[plan[0][0] : plan[0][1]]
        for start, end, _, _ in plan[1:]:
            posting = self._rows[start:end]
            at = np.minimum(np.searchsorted(posting, rows), len(posting) - 1)
            rows = rows[posting[at] == rows]
        return np.asarray(rows[:limit])

    def rarity(self, term: str) -> float:
        """Return log(1 + (n - f + 0.5) / (f + 0.5)) for a term in f of n documents.

        A term unknown to the index is the rarest possible, so a query of unknown words weighs much
        and every document covers little of it.
        """
        found = self.frequency(term)
        return math.log1p((self.documents - found + 0.5) / (found + 0.5))

    def postings(self, term: str) -> NDArray[np.int32]:
        """Return the documents that hold a term, in order."""
        start, end, _ = self._find(term)
        return self._rows[start:end]

    def frequency(self, term: str) -> int:
        """Return how many documents hold a term."""
        start, end, _ = self._find(term)
        return end - start

    def _find(self, term: str) -> tuple[int, int, float]:
        """Return start, end and highest weight of a term's posting; an empty one if unknown."""
        known = self._places.get(term)
        if known is not None:
            return known
        code = np.uint64(key_hash(term))
        at = int(np.searchsorted(self._hashes, code))
        found = (0, 0, 0.0)
        if at < len(self._hashes) and self._hashes[at] == code:
            found = (int(self._starts[at]), int(self._starts[at + 1]), float(self._highest[at]))
        if len(self._places) >= _REMEMBERED_TERMS:
            self._places = {}
        self._places[term] = found
        return found

    def _plan(self, query: Sequence[str]) -> list[_Entry]:
        """Return the posting of each known term, rarest first."""
        plan = []
        for term, repeats in Counter(query).items():
            start, end, highest = self._find(term)
            if end > start:
                plan.append((start, end, highest * repeats, repeats))
        plan.sort(key=_rarest_first)
        return plan

    def _posting(self, entry: _Entry, mask: Mask | None) -> Found:
        start, end, _, repeats = entry
        rows, weights = self._rows[start:end], self._weights[start:end]
        if mask is not None:
            keep = mask[rows]
            rows, weights = rows[keep], weights[keep]
        return rows, weights * np.float32(repeats) if repeats > 1 else weights

    def _totals(self) -> NDArray[np.float32]:
        totals = getattr(self._scratch, "totals", None)
        if totals is None:
            totals = self._scratch.totals = np.zeros(self.documents, np.float32)
        return totals

    def _complete(
        self,
        rows: NDArray[np.int32],
        scores: NDArray[np.float32],
        plan: list[_Entry],
        remaining: list[float],
        floor: float,
    ) -> Found:
        """Add the remaining terms to the documents that can still reach the floor."""
        for entry, bound in zip(plan, remaining, strict=True):
            able = scores >= floor - bound * _SLACK
            rows, scores = rows[able], scores[able]
            self._look_up(entry, rows, scores)
        return rows, scores

    def _look_up(self, entry: _Entry, rows: NDArray[np.int32], scores: NDArray[np.float32]) -> None:
        start, end, _, repeats = entry
        posting = self._rows[start:end]
        at = np.searchsorted(posting, rows)
        np.minimum(at, len(posting) - 1, out=at)
        hit = posting[at] == rows
        scores[hit] += self._weights[start:end][at[hit]] * np.float32(repeats)


def _rarest_first(entry: _Entry) -> tuple[int, int]:
    return entry[1] - entry[0], entry[0]


def _tail_sums(plan: list[_Entry]) -> list[float]:
    """Return what the terms from each position on can add at most."""
    sums, total = [], 0.0
    for _, _, bound, _ in reversed(plan):
        total += bound
        sums.append(total)
    return sums[::-1]


def _kth(scores: NDArray[np.float32], k: int) -> float:
    if len(scores) < k:
        return -np.inf
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])


def distinct(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return the sorted distinct rows of several postings."""
    if len(parts) == 1 and (len(parts[0]) < 2 or bool((parts[0][1:] > parts[0][:-1]).all())):
        return parts[0]
    rows = np.sort(np.concatenate(parts))
    keep = np.empty(len(rows), np.bool_)
    keep[:1] = True
    np.not_equal(rows[1:], rows[:-1], out=keep[1:])
    return rows[keep]
