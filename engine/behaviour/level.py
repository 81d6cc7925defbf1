"""Pair evidence at one level (types or SKUs) of one kind (baskets or views), ready to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goeswith.engine.behaviour.pairs import PairCounts, Pairs, PairVerdict
from goeswith.engine.behaviour.rules import Rules
from goeswith.engine.behaviour.significance import deviance, lower, upper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from goeswith.engine.behaviour.null import Null


class LevelFacts(msgspec.Struct, frozen=True):
    """The scalars of a level.

    `seen_from` is the least support of a stored pair: a pair that is not stored has less, or was
    pruned because both its ends have better neighbours. `z_cut` is where pooled evidence counts as
    significant. `tests` is the number of hypotheses behind `significant`.
    """

    baskets: int = 0
    days: int = 0
    seen_from: int = 1
    tests: int = 0
    p_cut: float = -1.0
    z_cut: float = float("inf")


@dataclass(frozen=True)
class LevelArrays:
    """Neighbours in compressed rows, each row by falling z."""

    starts: NDArray[np.int64]
    ids: NDArray[np.int32]
    support: NDArray[np.int32]
    expected: NDArray[np.float32]
    z: NDArray[np.float32]
    low: NDArray[np.float32]
    significant: NDArray[np.bool_]
    popularity: NDArray[np.int64]
    weight: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Level:
    """Neighbours and pair look-ups. Ids out of range are unknown, never an error."""

    facts: LevelFacts
    rules: Rules
    arrays: LevelArrays
    null: Null
    faded: Null | None = field(default=None)

    @property
    def baskets(self) -> int:
        """Baskets (or sessions) that hold at least one item of this level."""
        return self.facts.baskets

    @property
    def popularity(self) -> NDArray[np.int64]:
        """Baskets of each item, by id."""
        return self.arrays.popularity

    def neighbours(self, item: int) -> Pairs:
        """Return the stored neighbours of an item, highest z first."""
        if not 0 <= item < len(self.popularity):
            return Pairs.none()
        arrays = self.arrays
        row = slice(int(arrays.starts[item]), int(arrays.starts[item + 1]))
        ids = np.asarray(arrays.ids[row])
        support = np.asarray(arrays.support[row], dtype=np.int64)
        both = np.maximum(float(self.popularity[item]) * self.popularity[ids], 1.0)
        return Pairs(
            ids=ids,
            support=support,
            expected=np.asarray(arrays.expected[row]),
            lift=(support * self.baskets / both).astype(np.float32),
            lift_low=np.asarray(arrays.low[row]),
            z=np.asarray(arrays.z[row]),
            significant=np.asarray(arrays.significant[row]),
        )

    def pair(self, a: int, b: int) -> PairCounts:
        """Return what is known about two items. A row is scanned: microseconds, not a search tree.

        A pair that is not stored has support 0 here, and its expectation is computed from the
        popularity of its ends.
        """
        size = len(self.popularity)
        if not (0 <= a < size and 0 <= b < size) or a == b:
            return PairCounts(baskets=self.baskets, days=self.facts.days)
        arrays, starts = self.arrays, self.arrays.starts
        if starts[a + 1] - starts[a] > starts[b + 1] - starts[b]:
            short, other = b, a
        else:
            short, other = a, b
        first = int(starts[short])
        at = np.flatnonzero(arrays.ids[first : int(starts[short + 1])] == other)
        left, right = int(self.popularity[a]), int(self.popularity[b])
        if len(at):
            place = first + int(at[0])
            k, e = int(arrays.support[place]), float(arrays.expected[place])
            z, low = float(arrays.z[place]), float(arrays.low[place])
            significant, most = bool(arrays.significant[place]), k
        else:
            k, most, low, significant = 0, self.facts.seen_from - 1, 0.0, False
            e = float(self.null.expected(np.array([a]), np.array([b]))[0])
            z = float(deviance(np.zeros(1), np.array([e]))[0])
        high = _most(most) / e if e > 0 else float("inf")
        return PairCounts(
            support=k,
            left=left,
            right=right,
            baskets=self.baskets,
            days=self.facts.days,
            expected=e,
            lift=k * self.baskets / (left * right) if left and right else 0.0,
            corrected=k / e if e > 0 else 0.0,
            lift_low=low,
            lift_high=high,
            z=z,
            significant=significant,
            verdict=self._verdict(e, low, high, significant=significant),
        )

    def neighbours_of_set(self, items: Sequence[int]) -> Pairs:
        """Return neighbours of several items together, the items themselves left out.

        Support and expectation are summed over the items, so a neighbour of many of them rises and
        one that merely happens to be popular does not. `lift` is pooled in the same way.
        """
        size = len(self.popularity)
        anchors = np.array(sorted({int(i) for i in items if 0 <= i < size}), dtype=np.int64)
        if len(anchors) == 0:
            return Pairs.none()
        if len(anchors) == 1:
            return self.neighbours(int(anchors[0]))
        starts = self.arrays.starts
        places = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in anchors])
        support_of = np.bincount(
            self.arrays.ids[places], weights=self.arrays.support[places], minlength=size
        )
        support_of[anchors] = 0
        ids = np.flatnonzero(support_of)
        support = support_of[ids].astype(np.float64)
        expected = self.null.expected_of_set(anchors, ids)
        weight, faded = support, expected
        if self.faded is not None and self.arrays.weight is not None:
            weight = np.bincount(
                self.arrays.ids[places], weights=self.arrays.weight[places], minlength=size
            )[ids].astype(np.float64)
            faded = self.faded.expected_of_set(anchors, ids)
        z = deviance(weight, faded)
        order = np.lexsort((ids, -z))
        both = np.maximum(float(self.popularity[anchors].sum()) * self.popularity[ids], 1.0)
        return Pairs(
            ids=ids[order].astype(np.int32),
            support=support[order].astype(np.int64),
            expected=expected[order].astype(np.float32),
            lift=(support * self.baskets / both)[order].astype(np.float32),
            lift_low=(lower(weight) / np.maximum(faded, 1e-300))[order].astype(np.float32),
            z=z[order].astype(np.float32),
            significant=((z >= self.facts.z_cut) & (support >= self.rules.floor))[order],
        )

    def contradicted(
        self, support: NDArray[np.int64], expected: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """Return for which stored pairs ample exposure without joint purchases speaks against."""
        high = upper(support.astype(np.float64))
        spoken: NDArray[np.bool_] = (expected >= self.rules.exposure) & (
            high < self.rules.contradicts_high * expected
        )
        return spoken

    def _verdict(self, e: float, low: float, high: float, *, significant: bool) -> PairVerdict:
        if significant and low >= self.rules.supports_low:
            return "supports"
        if e >= self.rules.exposure and high < self.rules.contradicts_high:
            return "contradicts"
        return "unknown"


@lru_cache(maxsize=65_536)
def _most(count: int) -> float:
    """Return the upper limit of a Poisson mean; counts repeat, since most pairs are rare."""
    return float(upper(np.array([float(count)]))[0])
