"""What is known about pairs, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PairVerdict = Literal["supports", "contradicts", "unknown"]


@dataclass(frozen=True)
class PairCounts:
    """The evidence about one pair.

    support: baskets that hold both ends, k. left, right: baskets that hold each end, n_i and n_j.
    baskets: all baskets, N. days: what they span (0 where times are missing).
    expected: baskets that would hold both by chance, e, given basket sizes and popularity.
    lift: k * N / (n_i * n_j), the classical one, for words.
    corrected: k / e. lift_low, lift_high: its 95% limits.
    z: signed root of G2, for ranking. significant: a discovery after Benjamini-Hochberg.
    verdict: "contradicts" needs ample exposure; absence with little exposure is "unknown".
    """

    support: int = 0
    left: int = 0
    right: int = 0
    baskets: int = 0
    days: int = 0
    expected: float = 0.0
    lift: float = 0.0
    corrected: float = 0.0
    lift_low: float = 0.0
    lift_high: float = float("inf")
    z: float = 0.0
    significant: bool = False
    verdict: PairVerdict = "unknown"


@dataclass(frozen=True)
class Pairs:
    """Neighbours as parallel arrays, highest z first. Fields as in `PairCounts`."""

    ids: NDArray[np.int32]
    support: NDArray[np.int64]
    expected: NDArray[np.float32]
    lift: NDArray[np.float32]
    lift_low: NDArray[np.float32]
    z: NDArray[np.float32]
    significant: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of neighbours."""
        return len(self.ids)

    @classmethod
    def none(cls) -> Pairs:
        """Return no neighbours."""
        single = np.zeros(0, dtype=np.float32)
        return cls(
            ids=np.zeros(0, dtype=np.int32),
            support=np.zeros(0, dtype=np.int64),
            expected=single,
            lift=single,
            lift_low=single,
            z=single,
            significant=np.zeros(0, dtype=np.bool_),
        )
