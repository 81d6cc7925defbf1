"""What leads among the things bought with each product type: what needs are made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goeswith.engine.behaviour.diff import Ids
from goeswith.engine.behaviour.level import Level
from goeswith.engine.behaviour.strength import strengths
from goeswith.engine.proposer.behaviour import NEIGHBOURS

LEADING = 16
"""Types that are compared. An answer has twelve needs unless told otherwise, and some types share
one."""


def reordered(old: Level, new: Level, number: Ids) -> list[int]:
    """Return the types of `new` whose leading neighbours, or their order, are others, sorted.

    Args:
        old: The level before.
        new: The level now.
        number: The number in `new` of each type of `old`, -1 where it is gone.
    """
    before = {
        int(number[item]): number[ids].tolist() for item, ids in _leading(old) if number[item] >= 0
    }
    after = {item: ids.tolist() for item, ids in _leading(new)}
    return sorted(
        item for item in before.keys() | after.keys() if before.get(item) != after.get(item)
    )


def _leading(level: Level) -> Iterator[tuple[int, Ids]]:
    """Yield each type with its leading neighbours, as the planner ranks them."""
    starts = np.asarray(level.arrays.starts)
    for item in np.flatnonzero(np.diff(starts)).tolist():
        near = level.neighbours(item)
        first = np.flatnonzero(near.significant)[:NEIGHBOURS]
        first = first[near.lift_low[first] >= level.rules.supports_low]
        if not len(first):
            continue
        ids = near.ids[first].astype(np.int64)
        told = strengths(
            near.support[first].astype(np.float64),
            near.expected[first].astype(np.float64),
            near.lift_low[first].astype(np.float64),
        )
        yield item, ids[np.lexsort((ids, -told))][:LEADING]
