"""What chance alone would give: baskets keep their size, products keep their popularity.

The classical expectation n_i * n_j / N treats every basket alike. Big baskets hold everything, so
it is too low and lift over-states. The null here is the bipartite configuration model in its
maximum-entropy form (Saracco, Di Clemente, Gabrielli, Squartini 2015, "Randomizing bipartite
networks: the case of the World Trade Web"; used for co-occurrence by Saracco et al. 2017,
"Inferring monopartite projections of bipartite networks"): product i is in a basket of size s with

    p_i(s) = x_i * y_s / (1 + x_i * y_s)

where x and y are such that the expected popularity of every product and the expected size of every
basket are the observed ones. In that model the size of a basket is right on average only, so a
basket of one product would seem to hold pairs. Each size is therefore scaled to the pairs that its
baskets do hold:

    e_ij = sum over s of c_s * g_s * p_i(s) * p_j(s)
    g_s  = s * (s - 1) / ((sum_i p_i(s))^2 - sum_i p_i(s)^2)

with c_s baskets of size s. In the sparse limit this is n_i * n_j * sum(s * (s - 1)) / S^2 with
S = sum(s); for staples, which cannot be in a basket twice, it stays right where that runs high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 400
_TOLERANCE = 1e-7
_LEVELS = 200.0
_CHUNK = 1 << 14
_TABLE = 1 << 24
_MANY = 1 << 10
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Null:
    """The fitted null: `x` per product or type, `y` and `shares` = c_s * g_s per basket size."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    shares: NDArray[np.float64]

    def expected(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return e_ij for pairs of ids given as two arrays of equal length.

        Ids of equal popularity expect alike, so many pairs are looked up in a table of classes.
        """
        classes, which = np.zeros(0), np.zeros(0, dtype=np.int64)
        if len(left) >= _MANY:
            classes, which = np.unique(self.x, return_inverse=True)
        if 0 < len(classes) ** 2 <= min(len(left) * 8, _TABLE):
            odds = np.outer(classes, self.y)
            inside = odds / (1.0 + odds)
            table = (inside * self.shares) @ inside.T
            looked_up: NDArray[np.float64] = table[which[left], which[right]]
            return looked_up
        result = np.zeros(len(left))
        for start in range(0, len(left), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            both = self._inside(left[chunk]) * self._inside(right[chunk])
            result[chunk] = both @ self.shares
        return result

    def expected_of_set(
        self, anchors: NDArray[np.int64], ids: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return for each id the sum of its expectations with all anchors."""
        pooled = self._inside(anchors).sum(axis=0) * self.shares
        result: NDArray[np.float64] = self._inside(ids) @ pooled
        return result

    def _inside(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        odds = self.x[ids][:, None] * self.y[None, :]
        inside: NDArray[np.float64] = odds / (1.0 + odds)
        return inside


def fit(
    degrees: NDArray[np.float64], sizes: NDArray[np.int64], weights: NDArray[np.float64]
) -> Null:
    """Fit the null by fixed-point iteration.

    `degrees`: (weighted) number of baskets of each product. `sizes`: distinct items of each basket,
    at least 1. `weights`: weight of each basket. Products of equal popularity share a value, and
    so do baskets of equal size, so the work does not grow with either.
    """
    classes, which = np.unique(sizes, return_inverse=True)
    counts = np.bincount(which, weights=weights, minlength=len(classes)).astype(np.float64)
    x = np.zeros(len(degrees))
    if not len(classes):
        return Null(x, np.zeros(0), counts)
    live = degrees > 0
    grid = _grid(degrees[live])
    levels, back = np.unique(grid, return_inverse=True)
    many = np.bincount(back, weights=degrees[live] / grid, minlength=len(levels))
    scale = np.sqrt(float((classes * counts).sum()))
    u, v = levels / scale, classes / scale
    for _ in range(_ROUNDS):
        before = u
        u = levels / np.maximum((counts * v / (1.0 + np.outer(u, v))).sum(axis=1), _SMALLEST)
        v = classes / np.maximum((many * u / (1.0 + np.outer(v, u))).sum(axis=1), _SMALLEST)
        if np.abs(u / before - 1.0).max() < _TOLERANCE:
            break
    x[live] = u[back] * degrees[live] / grid
    odds = np.outer(v, u)
    inside = odds / (1.0 + odds)
    pairs = (inside @ many) ** 2 - np.square(inside) @ many
    held = classes * (classes - 1.0)
    shares = np.where(held > 0, counts * held / np.maximum(pairs, _SMALLEST), 0.0)
    return Null(x, v, shares)


def _grid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round weighted popularities to steps of half a percent; whole numbers stay as they are."""
    if np.array_equal(values, np.rint(values)):
        return values
    grid: NDArray[np.float64] = np.exp(np.rint(np.log(values) * _LEVELS) / _LEVELS)
    return grid
