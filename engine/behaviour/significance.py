"""How far a count is from chance, and which pairs to believe.

Counts are taken as Poisson around the null's expectation. The true law is a sum of unequal
Bernoulli draws, whose variance is smaller, so every statement here errs on the side of caution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TINY = 1e-300
QUANTILE = 1.959963984540054
"""Normal quantile of the two-sided 95% limits."""


def deviance(count: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signed root of G2 = 2 * (k * ln(k / e) - (k - e)).

    About standard normal under the null, also for small e, where (k - e) / sqrt(e) explodes and
    puts pairs seen three times before pairs seen a thousand times (Dunning 1993, "Accurate methods
    for the statistics of surprise and coincidence").
    """
    e = np.maximum(expected, _TINY)
    k = np.asarray(count, dtype=np.float64)
    log = np.log(np.maximum(k, _TINY) / e)
    g2 = 2.0 * (np.where(k > 0, k * log, 0.0) - (k - e))
    signed: NDArray[np.float64] = np.sign(k - e) * np.sqrt(np.maximum(g2, 0.0))
    return signed


def lower(count: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lower 95% limit of a Poisson mean by Byar's formula.

    k * (1 - 1/(9k) - z/(3 sqrt(k)))^3 (Breslow and Day 1987, vol. II, p. 69): at most 3% below the
    exact limit from k = 3 on. Also defined for weighted counts.
    """
    k = np.maximum(np.asarray(count, dtype=np.float64), _SMALL)
    root = np.maximum(1.0 - 1.0 / (9.0 * k) - QUANTILE / (3.0 * np.sqrt(k)), 0.0)
    result: NDArray[np.float64] = k * root**3
    return result


def upper(count: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the upper 95% limit of a Poisson mean by Byar's formula."""
    k = np.asarray(count, dtype=np.float64) + 1.0
    result: NDArray[np.float64] = k * (1.0 - 1.0 / (9.0 * k) + QUANTILE / (3.0 * np.sqrt(k))) ** 3
    return result


_SMALL = 1e-9


def chance(count: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(X >= k) for X ~ Poisson(e); 1 where k is 0."""
    from scipy.special import gammainc  # type: ignore[import-untyped]

    k = np.asarray(count, dtype=np.float64)
    tail = np.where(k > 0, gammainc(np.maximum(k, 1.0), np.maximum(expected, _TINY)), 1.0)
    result: NDArray[np.float64] = tail.astype(np.float64)
    return result


def cut(p: NDArray[np.float64], tests: int, level: float) -> float:
    """Return the largest p that Benjamini and Hochberg (1995) call a discovery, or -1.

    `tests` counts all hypotheses, also those not in `p`, which are taken as 1. The expected share
    of false discoveries among all discoveries then stays below `level`.
    """
    ordered = np.sort(p)
    limit = level * np.arange(1, len(ordered) + 1) / max(tests, 1)
    passed = np.flatnonzero(ordered <= limit)
    return float(ordered[passed[-1]]) if len(passed) else -1.0
