"""How sure one stored question is of its neighbours: a bound learned from what was built.

The idea is that of vCache (arXiv 2502.03771): every entry has a correctness curve of its own. Here
the curve is logistic in the similarity s, P(correct | s) = 1 / (1 + exp(-g (s - t))), with a
posterior over a grid of thresholds t and slopes g. Half of the prior lies on thresholds over 1,
that is on "no similarity is enough". An entry serves from the least similarity at which the lower
`epsilon` quantile of P(correct | s) reaches 1 - `delta`; without observations that is nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEVER = math.inf
MOST_OBSERVATIONS = 400
"""Of one entry; later ones push out the oldest."""

_THRESHOLDS = np.linspace(0.5, 1.5, 101)
_SLOPES = np.array([8.0, 16.0, 32.0, 64.0])
_SIMILARITIES = np.linspace(0.5, 1.0, 101)


class Observation(NamedTuple):
    """What was seen once: how similar a question was, and whether this answer was the right one."""

    similarity: float
    correct: bool


def serving_from(
    observations: Sequence[Observation], *, delta: float = 0.01, epsilon: float = 0.05
) -> float:
    """Return the least similarity at which the entry may serve, `NEVER` when there is none.

    Args:
        observations: Of this entry. Order does not matter.
        delta: The share of wrong answers that is allowed.
        epsilon: How sure to be: the share of the posterior that may lie below 1 - delta.
    """
    if not any(seen.correct for seen in observations):
        return NEVER
    recent = observations[-MOST_OBSERVATIONS:]
    similarity = np.array([seen.similarity for seen in recent])
    correct = np.array([seen.correct for seen in recent])
    slope, threshold = np.meshgrid(_SLOPES, _THRESHOLDS, indexing="ij")
    log_posterior = _log_likelihood(similarity, correct, slope.ravel(), threshold.ravel())
    weight = np.exp(log_posterior - log_posterior.max())
    weight /= weight.sum()
    for at in _SIMILARITIES:
        right = _curve(np.array([at]), slope.ravel(), threshold.ravel())[0]
        if weight[right < 1.0 - delta].sum() <= epsilon:
            return float(at)
    return NEVER


def _curve(
    similarity: NDArray[np.float64], slope: NDArray[np.float64], threshold: NDArray[np.float64]
) -> NDArray[np.float64]:
    exponent = -slope[None, :] * (similarity[:, None] - threshold[None, :])
    return np.asarray(1.0 / (1.0 + np.exp(np.clip(exponent, -60.0, 60.0))))


def _log_likelihood(
    similarity: NDArray[np.float64],
    correct: NDArray[np.bool_],
    slope: NDArray[np.float64],
    threshold: NDArray[np.float64],
) -> NDArray[np.float64]:
    right = np.clip(_curve(similarity, slope, threshold), 1e-9, 1.0 - 1e-9)
    chosen = np.where(correct[:, None], right, 1.0 - right)
    return np.asarray(np.log(chosen).sum(axis=0))
