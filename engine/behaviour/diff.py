"""Which mined relations differ between two readings of the baskets, and how.

A relation holds by a grade: how many of some lower limits of its lift it reaches, 0 when it is not
significant. One whose grade fell is no longer what was said of it; one whose grade rose may speak
for something that was not said before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.behaviour.level import Level

MOVED, LEAST = 0.2, 5
"""What is told of a relation has changed when its support moved by at least this share of it, and
by at least so many baskets."""

Ids = NDArray[np.int64]


def renumbered(old: Sequence[object], new: Sequence[object]) -> Ids:
    """Return the number in `new` of each thing in `old`, -1 where it is gone."""
    at: Mapping[object, int] = {thing: number for number, thing in enumerate(new)}
    return np.array([at.get(thing, -1) for thing in old], dtype=np.int64)


@dataclass(frozen=True)
class Moves:
    """Pairs of items of the new level, as numbers that `pairs_of` takes apart.

    `lost`: the grade fell. `risen`: it rose. `shifted`: it is the same, and the support is not.
    """

    lost: Ids
    risen: Ids
    shifted: Ids
    size: int

    def pairs_of(self, codes: Ids) -> Iterator[tuple[int, int]]:
        """Yield the two items of each pair."""
        for code in codes.tolist():
            yield code // self.size, code % self.size


def moves(old: Level, new: Level, number: Ids, bounds: Iterable[float]) -> Moves:
    """Compare the pairs of two levels whose ends are in both.

    Args:
        old: The level before.
        new: The level now.
        number: The number in `new` of each item of `old`, -1 where it is gone.
        bounds: The lower limits of the lift that make a difference.
    """
    size = max(len(new.popularity), 1)
    limits = sorted(bounds)
    before = _graded(old, number, size, limits)
    after = _graded(new, np.arange(size, dtype=np.int64), size, limits)
    codes = np.union1d(before[0], after[0])
    (was, k), (now, n) = (_spread(codes, *columns) for columns in (before, after))
    other = np.abs(n - k) >= np.maximum(MOVED * np.maximum(k, n), LEAST)
    return Moves(
        lost=codes[now < was],
        risen=codes[now > was],
        shifted=codes[(now == was) & (now != 0) & other],
        size=size,
    )


def _graded(level: Level, number: Ids, size: int, bounds: Sequence[float]) -> tuple[Ids, Ids, Ids]:
    """Return the stored pairs, each as one number, sorted; their grades; their support.

    A grade is -1 where the baskets speak against the pair.
    """
    arrays = level.arrays
    heads = np.repeat(number[: len(arrays.starts) - 1], np.diff(arrays.starts))
    tails = number[arrays.ids] if len(arrays.ids) else np.zeros(0, dtype=np.int64)
    kept = (heads >= 0) & (tails >= 0)
    heads, tails = heads[kept], tails[kept]
    codes, first = np.unique(
        np.minimum(heads, tails) * size + np.maximum(heads, tails), return_index=True
    )
    low = np.asarray(arrays.low)[kept][first]
    reached = np.searchsorted(np.asarray(bounds, dtype=low.dtype), low, side="right")
    grades = np.where(np.asarray(arrays.significant)[kept][first], reached, 0)
    support = np.asarray(arrays.support)[kept][first].astype(np.int64)
    against = level.contradicted(support, np.asarray(arrays.expected)[kept][first])
    return codes, np.where(against & (grades == 0), -1, grades).astype(np.int64), support


def _spread(codes: Ids, own: Ids, grades: Ids, support: Ids) -> tuple[Ids, Ids]:
    """Return grades and support for all of `codes`, 0 where a pair is not stored."""
    at = np.searchsorted(codes, own)
    graded, supported = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
    graded[at], supported[at] = grades, support
    return graded, supported
