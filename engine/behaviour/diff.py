"""Whose mined relations differ between two readings of the baskets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.behaviour.level import Level

MOVED = 0.2
"""A relation has changed when it came, went, or its support moved by more than this share."""

Ids = NDArray[np.int64]


def renumbered(old: Sequence[object], new: Sequence[object]) -> Ids:
    """Return the number in `new` of each thing in `old`, -1 where it is gone."""
    at: Mapping[object, int] = {thing: number for number, thing in enumerate(new)}
    return np.array([at.get(thing, -1) for thing in old], dtype=np.int64)


def moved(old: Level, new: Level, number: Ids) -> list[int]:
    """Return the items of `new` whose significant relations are others than they were, sorted.

    Args:
        old: The level before.
        new: The level now.
        number: The number in `new` of each item of `old`, -1 where it is gone.
    """
    size = max(len(new.popularity), 1)
    before = _relations(old, number, size)
    after = _relations(new, np.arange(size, dtype=np.int64), size)
    pairs = np.setxor1d(before[0], after[0], assume_unique=True)
    _, at, then = np.intersect1d(before[0], after[0], assume_unique=True, return_indices=True)
    was, now = before[1][at], after[1][then]
    other = np.abs(now - was) > MOVED * np.maximum(was, now)
    pairs = np.concatenate([pairs, before[0][at][other]])
    return [int(item) for item in np.unique(np.concatenate([pairs // size, pairs % size]))]


def _relations(level: Level, number: Ids, size: int) -> tuple[Ids, Ids]:
    """Return the significant pairs, each as one number, sorted, and their support."""
    arrays = level.arrays
    heads = np.repeat(number[: len(arrays.starts) - 1], np.diff(arrays.starts))
    tails = number[arrays.ids] if len(arrays.ids) else np.zeros(0, dtype=np.int64)
    kept = np.asarray(arrays.significant) & (heads >= 0) & (tails >= 0)
    heads, tails = heads[kept], tails[kept]
    pairs = np.minimum(heads, tails) * size + np.maximum(heads, tails)
    found, first = np.unique(pairs, return_index=True)
    return found, np.asarray(arrays.support)[kept][first].astype(np.int64)
