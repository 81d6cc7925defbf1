"""Intervals and tests for means over questions. Everything random is seeded by the caller."""

from __future__ import annotations

import math
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


def quantile(values: Values, share: float, seed: int, resamples: int = 2_000) -> Interval:
    """Return a quantile with its 95% percentile interval; `mean` holds the quantile.

    Args:
        values: one per question, at least one.
        share: 0.5 is the median.
        seed: of the resampling.
        resamples: how many samples with replacement.
    """
    pick = np.random.default_rng(seed)
    n = len(values)
    found = np.concatenate(
        [
            np.quantile(
                values[pick.integers(0, n, size=(min(_BLOCK, resamples - done), n))], share, axis=1
            )
            for done in range(0, resamples, _BLOCK)
        ]
    )
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(n, float(np.quantile(values, share)), float(low), float(high))


def proportion(hits: int, n: int) -> Interval:
    """Return a share with Wilson's 95% interval (1927), which is right near 0 and 1 too.

    Args:
        hits: how many of them.
        n: of how many, at least one.
    """
    z = 1.959963984540054
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
    return Interval(n, share, low, high)


def ratio(a: Values, b: Values, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the mean of `a` over the mean of `b` with its 95% interval, by paired bootstrap.

    Args:
        a: one value per question.
        b: one value per question, the same questions in the same order; their mean is above 0.
        seed: of the resampling.
        resamples: how many samples with replacement.
    """
    pick = np.random.default_rng(seed)
    n = len(a)
    found: list[Values] = []
    for done in range(0, resamples, _BLOCK):
        drawn = pick.integers(0, n, size=(min(_BLOCK, resamples - done), n))
        below = b[drawn].mean(axis=1)
        found.append(a[drawn].mean(axis=1)[below > 0] / below[below > 0])
    low, high = np.quantile(np.concatenate(found), (0.025, 0.975))
    return Interval(n, float(a.mean() / b.mean()), float(low), float(high))


def exactly(value: float, n: int = 1) -> Interval:
    """Return a count or a sum that was taken once over n things: it has no width."""
    return Interval(n, value, value, value)


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
