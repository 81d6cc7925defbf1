"""Nearest vectors among those stored: exact while there are few, HNSW once there are many.

Up to `EXACT_ROWS` one matrix product looks at every row; it was measured at 0.8 to 0.95 of the time
of faiss Flat for the same result, and a row leaves by moving the last one into its place. Beyond
that, faiss HNSW; rows that left are skipped, and the graph is built anew when a quarter is dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

EXACT_ROWS = 20_000
_NEIGHBOURS = 32
_EFFORT = 96
_BEST = 8
_DEAD_SHARE = 0.25


class Near(NamedTuple):
    """A stored vector close to the one asked for, with the cosine of both."""

    name: str
    similarity: float


class VectorIndex:
    """Unit vectors by name. Not safe for threads; the tier takes turns."""

    def __init__(self, dim: int, *, exact_rows: int = EXACT_ROWS) -> None:
        self._dim = dim
        self._exact_rows = exact_rows
        self._matrix = np.zeros((4, dim), np.float32)
        self._names: list[str] = []
        self._rows: dict[str, int] = {}
        self._graph: Any = None
        self._graph_names: list[str | None] = []
        self._graph_rows: dict[str, int] = {}
        self._dead = 0

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, vector: Vector) -> None:
        """Store a vector, shape (dim,), in place of any of that name."""
        self.remove(name)
        count = len(self._names)
        if count == len(self._matrix):
            grown = np.zeros((2 * count, self._dim), np.float32)
            grown[:count] = self._matrix
            self._matrix = grown
        self._matrix[count] = vector
        self._rows[name] = count
        self._names.append(name)
        if self._graph is not None:
            self._graph_rows[name] = len(self._graph_names)
            self._graph_names.append(name)
            self._graph.add(self._matrix[count : count + 1])
        elif count >= self._exact_rows:
            self._build_graph()

    def remove(self, name: str) -> bool:
        """Forget a vector; return whether it was there."""
        row = self._rows.pop(name, None)
        if row is None:
            return False
        last = self._names.pop()
        if last != name:
            self._matrix[row] = self._matrix[len(self._names)]
            self._names[row] = last
            self._rows[last] = row
        if self._graph is not None:
            self._graph_names[self._graph_rows.pop(name)] = None
            self._dead += 1
            if self._dead > _DEAD_SHARE * len(self._graph_names):
                self._build_graph()
        return True

    def nearest(self, vector: Vector, besides: str = "") -> Near | None:
        """Return the most similar stored vector that is not named `besides`, or None."""
        if self._graph is not None:
            return self._from_graph(vector, besides)
        count = len(self._names)
        if not count:
            return None
        similarity = self._matrix[:count] @ vector
        own = self._rows.get(besides)
        if own is not None:
            similarity[own] = -2.0
        best = int(similarity.argmax())
        name = self._names[best]
        return None if name == besides else Near(name, _cosine(similarity[best]))

    def _from_graph(self, vector: Vector, besides: str) -> Near | None:
        similarity, rows = self._graph.search(vector[None, :], _BEST)
        for row, value in zip(rows[0].tolist(), similarity[0].tolist(), strict=True):
            name = self._graph_names[row] if row >= 0 else None
            if name is not None and name != besides:
                return Near(name, _cosine(value))
        return None

    def _build_graph(self) -> None:
        """Build the graph from the live rows, or go back to exact when they are few again."""
        self._graph, self._dead = None, 0
        self._graph_names, self._graph_rows = [], {}
        if len(self._names) <= self._exact_rows // 2:
            return
        import faiss

        names: Sequence[str] = self._names
        self._graph = faiss.IndexHNSWFlat(self._dim, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        self._graph.hnsw.efConstruction = 80
        self._graph.hnsw.efSearch = _EFFORT
        self._graph.add(self._matrix[: len(names)])
        self._graph_names = list(names)
        self._graph_rows = dict(self._rows)


def _cosine(value: float) -> float:
    return min(1.0, max(-1.0, float(value)))
