"""What a confidence is worth: reliability, and the threshold that keeps a target precision.

Scores and labels come from labelled assertions. A threshold is chosen on one part of them and its
precision is measured on another; a threshold that was measured where it was chosen flatters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt

from goeswith.eval.errors import EvalError
from goeswith.eval.statistics import Interval, proportion

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]


class Bin(msgspec.Struct, frozen=True):
    """Scores from `low` up to `high`: their mean, and the share that is true."""

    low: float
    high: float
    mean: float
    true: Interval


class Measured(msgspec.Struct, frozen=True):
    """What is accepted at a threshold: the share of it that is true, the share of the true found.

    `threshold` is None where no threshold keeps the target.
    """

    threshold: float | None
    precision: Interval
    recall: Interval


def share(hits: int, n: int) -> Interval:
    """Return hits / n with its 95% limits; of nothing, nothing is known: 0 within 0 and 1."""
    return proportion(hits, n) if n else Interval(0, 0.0, 0.0, 1.0)


def reliability(scores: Scores, labels: Labels, edges: Sequence[float]) -> list[Bin]:
    """Return the reliability curve over the bins between rising `edges`; empty bins are left out.

    The last bin holds its upper edge.
    """
    found = []
    for number, (low, high) in enumerate(pairwise(edges)):
        last = number == len(edges) - 2
        inside = (scores >= low) & ((scores <= high) if last else (scores < high))
        if inside.any():
            true = share(int(labels[inside].sum()), int(inside.sum()))
            found.append(Bin(low, high, float(scores[inside].mean()), true))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: mean |score - share true|, weighed by n (Guo 2017)."""
    total = sum(b.true.n for b in bins)
    return sum(b.true.n * abs(b.mean - b.true.mean) for b in bins) / total if total else 0.0


def measure(scores: Scores, labels: Labels, threshold: float | None) -> Measured:
    """Return precision and recall of accepting every score of at least `threshold`."""
    taken = np.zeros(len(scores), dtype=bool) if threshold is None else scores >= threshold
    true = int((labels & taken).sum())
    return Measured(threshold, share(true, int(taken.sum())), share(true, int(labels.sum())))


def threshold_for(scores: Scores, labels: Labels, target: float, least: int = 20) -> float | None:
    """Return the lowest score from which on at least `target` of what is accepted is true.

    "At least" is by the lower 95% limit, so that a handful of lucky assertions sets no threshold.
    The scan goes down from the highest score; every prefix of at least `least` assertions counts.

    Args:
        scores: of labelled assertions.
        labels: whether each is true.
        target: precision in 0..1.
        least: assertions that must be accepted for the threshold to mean anything.

    Returns:
        None where no threshold keeps the target.

    Raises:
        EvalError: the target is not in 0..1, or there is a score without a label.
    """
    if not 0.0 < target < 1.0 or len(scores) != len(labels):
        raise EvalError(f"No threshold can be set for a precision of {target}. Give one in 0..1.")
    order = np.argsort(-scores, kind="stable")
    ranked, true = scores[order], np.cumsum(labels[order])
    # Ties are accepted together, so only the last of equal scores ends a prefix.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], np.ones(min(1, len(ranked)), bool)))
    kept: float | None = None
    for end in ends.tolist():
        n = end + 1
        if n >= least and true[end] >= target * n and share(int(true[end]), n).low >= target:
            kept = float(ranked[end])
    return kept
