"""One number from several pieces of evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable

from goeswith.engine.model import Evidence

MAX_CONFIDENCE = 0.999


def confidence(evidence: Iterable[Evidence]) -> float:
    """Combine evidence scores (each 0..1) into a confidence in 0..0.999.

    Supporting scores are joined by noisy-or (Pearl 1988): independent reasons add up but never to
    certainty. Each contradicting score takes its share away.
    """
    doubt, trust = 1.0, 1.0
    for item in evidence:
        if item.polarity == "supports":
            doubt *= 1.0 - item.score
        else:
            trust *= 1.0 - item.score
    return round(min(MAX_CONFIDENCE, (1.0 - doubt) * trust), 4)


def score_of_lift(lift_low: float) -> float:
    """Map the lower bound of a size-corrected lift to an evidence score in 0..0.99.

    1 - exp(-lift/2): chance (1) gives 0.39, which no policy accepts on its own; 2 gives 0.63,
    4 gives 0.86.
    """
    return round(min(0.99, 1.0 - math.exp(-max(0.0, lift_low) / 2.0)), 4)


def lift_of_score(score: float) -> float:
    """Return the lift whose evidence score this is, the inverse of `score_of_lift`."""
    return -2.0 * math.log(max(1e-3, 1.0 - score))
