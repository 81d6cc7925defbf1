"""What a search returns. All arrays of one result have the same length, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Hits:
    """Products: catalog rows (int32) and scores in 0..1 (float32), ties by row."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class TypeHits:
    """Product types: ids, scores in 0..1, and the two raw signals behind them.

    `cosine` is the embedding similarity of phrase and type. `coverage` is the share of the
    phrase's term weight that the type's words cover, 0..1. `matched` is False when even the best
    type is below the measured floor: the phrase names nothing this catalog sells.
    """

    type_ids: NDArray[np.int32]
    scores: NDArray[np.float32]
    cosine: NDArray[np.float32]
    coverage: NDArray[np.float32]
    matched: bool

    def __len__(self) -> int:
        return len(self.type_ids)

    def only(self, keep: Sequence[bool]) -> TypeHits:
        """Return the hits marked True, in their order."""
        mask = np.asarray(keep, np.bool_)
        matched = self.matched and bool(mask.any())
        return TypeHits(
            self.type_ids[mask],
            self.scores[mask],
            self.cosine[mask],
            self.coverage[mask],
            matched,
        )


@dataclass(frozen=True)
class AnchorHits:
    """What a phrase is about: types, and products when it names one by title, SKU or model number.

    `types` fuses type search with a vote of the best products. `exact` says that `products` come
    from an exact or near-exact name rather than from similarity; otherwise `products` is empty.
    """

    types: TypeHits
    products: Hits
    exact: bool


@dataclass(frozen=True)
class RetrievalReport:
    """What was built: sizes, seconds spent by stage, bytes on disk."""

    rows: int
    distinct_texts: int
    types: int
    terms: int
    embedder: str
    dim: int
    dense: str
    recall_at_10: float
    seconds: dict[str, float]
    disk_bytes: int


def empty_hits() -> Hits:
    """Return no products."""
    return Hits(np.zeros(0, np.int32), np.zeros(0, np.float32))
