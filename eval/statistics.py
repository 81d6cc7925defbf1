"""Intervals and tests for means over questions. Everything random is seeded by the caller."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

RESAMPLES = 10_000
_BLOCK = 500


class Interval(msgspec.Struct, frozen=True):
    """A mean over n questions with its 95% limits."""

    n: int
    mean: float
    low: float
    high: float


def bootstrap(values: Values, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the mean and its 95% percentile interval (Efron 1979).

    Args:
        values: one per question, at least one.
        seed: of the resampling.
        resamples: how many samples with replacement.
    """
    pick = np.random.default_rng(seed)
    n = len(values)
    means = np.concatenate(
        [
            values[pick.integers(0, n, size=(min(_BLOCK, resamples - done), n))].mean(axis=1)
            for done in range(0, resamples, _BLOCK)
        ]
    )
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(n, float(values.mean()), float(low), float(high))


def randomisation(a: Values, b: Values, seed: int, resamples: int = RESAMPLES) -> float:
    """Return the two-sided p of a paired randomisation test on the difference of means.

    Under the null the sign of each question's difference is a coin toss (Fisher 1935; Smucker,
    Allan and Carterette 2007). The observed signs count as one of the tosses, so p is never 0.

    Args:
        a: one value per question.
        b: one value per question, the same questions in the same order.
        seed: of the tosses.
        resamples: how many tosses.
    """
    difference = np.asarray(a - b, dtype=np.float64)
    observed = abs(float(difference.sum()))
    pick = np.random.default_rng(seed)
    as_far = 0
    for done in range(0, resamples, _BLOCK):
        size = (min(_BLOCK, resamples - done), len(difference))
        signs = pick.integers(0, 2, size=size, dtype=np.int8) * 2.0 - 1.0
        as_far += int((np.abs(signs @ difference) >= observed - 1e-12).sum())
    return (as_far + 1) / (resamples + 1)


def holm(p: Sequence[float]) -> list[float]:
    """Return the p-values corrected for testing all of them (Holm 1979), in their order."""
    order = sorted(range(len(p)), key=lambda place: p[place])
    corrected = [0.0] * len(p)
    most = 0.0
    for rank, place in enumerate(order):
        most = max(most, min(1.0, (len(p) - rank) * p[place]))
        corrected[place] = most
    return corrected
