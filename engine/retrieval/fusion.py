"""Bring scores of different kinds to one score in 0..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEXICAL_SHARE = 0.5


def fuse(
    lexical: NDArray[np.float32], ideal: float, cosine: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the mean of BM25 as a share of `ideal` and the cosine, each clipped to 0..1.

    Both are on an absolute scale, so a score means the same in every query. On the type search test
    this beat reciprocal rank fusion (Cormack et al., 2009), which forgets how good a match is.
    """
    share = np.clip(lexical / ideal, 0, 1) if ideal > 0 else np.zeros_like(lexical)
    fused = LEXICAL_SHARE * share + (1 - LEXICAL_SHARE) * np.clip(cosine, 0, 1)
    return np.asarray(fused, np.float32)


def vote(types: NDArray[np.int32], scores: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return for each of `count` types the share of the products' score that is of that type.

    The share is scaled by the best score, so that weak products cast weak votes. -1 is no type.
    """
    votes = np.zeros(count, np.float32)
    total = float(scores.sum())
    if total <= 0:
        return votes
    typed = types >= 0
    np.add.at(votes, types[typed], scores[typed] / np.float32(total))
    return np.asarray(np.clip(votes * scores.max(), 0, 1), np.float32)
