"""Counting pairs by sparse matrix products."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

_PRODUCTS_A_BLOCK = 1 << 24


@dataclass(frozen=True)
class Incidence:
    """Which items are in which basket, each pair once, ordered by basket, then item.

    `starts` has one entry a basket and one more. `weights` holds one weight a basket, or None.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    n_items: int
    weights: NDArray[np.float64] | None = None

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Distinct items of each basket."""
        return np.diff(self.starts)

    def degrees(self) -> NDArray[np.int64]:
        """Return the number of baskets of each item."""
        return np.bincount(self.items, minlength=self.n_items).astype(np.int64)

    def weighted_degrees(self) -> NDArray[np.float64]:
        """Return the weight of the baskets of each item."""
        if self.weights is None:
            return self.degrees().astype(np.float64)
        spread = np.repeat(self.weights, self.sizes)
        found: NDArray[np.float64] = np.bincount(
            self.items, weights=spread, minlength=self.n_items
        ).astype(np.float64)
        return found


@dataclass(frozen=True)
class Counted:
    """Pairs left < right with their support, ordered by left, then right."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    support: NDArray[np.int64]
    weight: NDArray[np.float64] | None


def incidence(
    baskets: NDArray[np.int64], items: NDArray[np.int32], n_items: int
) -> tuple[Incidence, NDArray[np.int64]]:
    """Return the incidence of the distinct (basket, item) entries and the ids of its baskets."""
    ids, dense = np.unique(baskets, return_inverse=True)
    keys = np.sort(dense.astype(np.int64) * max(n_items, 1) + items)
    keys = keys[np.diff(keys, prepend=-1) > 0]
    owner, held = np.divmod(keys, max(n_items, 1))
    starts = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=len(ids)), out=starts[1:])
    return Incidence(starts, held.astype(np.int32), n_items), ids


def count_pairs(found: Incidence, floor: int) -> Counted:
    """Count every pair of items that shares at least `floor` baskets.

    The item-by-item product of the incidence matrix with itself, done in blocks of columns so that
    no product holds more than a bounded number of entries. An item in fewer than `floor` baskets
    cannot be in such a pair and is left out first.
    """
    from scipy.sparse import csr_array

    enough = found.degrees() >= floor
    live = np.flatnonzero(enough)
    place = np.cumsum(enough) - 1
    keep = enough[found.items]
    owner = np.repeat(np.arange(len(found.sizes)), found.sizes)[keep]
    column = place[found.items[keep]]
    shape = (len(found.sizes), len(live))
    ones = np.ones(len(owner), dtype=np.int32)
    matrix = csr_array((ones, (owner, column)), shape=shape)
    weighted = None
    if found.weights is not None:
        weighted = csr_array((found.weights[owner], (owner, column)), shape=shape)
    work = np.bincount(column, weights=matrix.sum(axis=1)[owner], minlength=len(live)).astype(
        np.float64
    )
    parts: list[tuple[NDArray[np.int64], ...]] = []
    weights: list[NDArray[np.float64]] = []
    by_column = matrix.tocsc()
    for first, last in _blocks(work):
        block = by_column[:, first:last].T.tocsr()
        left, right, together = _above(block @ matrix, floor, first)
        parts.append((left + first, right, together))
        if weighted is not None:
            weights.append(_at(block @ weighted, left, right))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Counted(none, none, none, None if weighted is None else np.zeros(0))
    left, right, support = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Counted(
        live[left], live[right], support, np.concatenate(weights) if weighted is not None else None
    )


def _above(
    product: csr_array, floor: int, first: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the entries of at least `floor` right of the diagonal, by row, then column."""
    rows = np.repeat(np.arange(product.shape[0], dtype=np.int32), np.diff(product.indptr))
    wanted = (product.data >= floor) & (product.indices > rows + first)
    left, right = rows[wanted].astype(np.int64), product.indices[wanted].astype(np.int64)
    order = np.argsort(left * product.shape[1] + right)
    return left[order], right[order], product.data[wanted][order].astype(np.int64)


def _at(
    product: csr_array, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the entries at the given places, all of which are there."""
    product.sort_indices()
    rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    width = product.shape[1]
    at = np.searchsorted(rows * width + product.indices, left * width + right)
    found: NDArray[np.float64] = product.data[at]
    return found


def _blocks(work: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Cut the columns into runs of bounded work."""
    group = (np.cumsum(work) // _PRODUCTS_A_BLOCK).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(work)]
    for first, last in pairwise(edges):
        if last > first:
            yield first, last
