"""How often each question is asked, and asks drawn by it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

Weights = Mapping[str, float]
"""Question to weight; the law by which it is asked."""


def laws(counted: Weights) -> dict[str, dict[str, float]]:
    """Return the laws to draw by: as it was counted, and Zipf over all questions.

    Many logs hold questions that were never asked; Zipf (weight 1 over the rank) asks them too, so
    its tail is longer.

    Args:
        counted: question to how often it was asked, the most asked first.
    """
    return {
        "counted": {query: weight for query, weight in counted.items() if weight > 0},
        "zipf": {query: 1.0 / rank for rank, query in enumerate(counted, 1)},
    }


def drawn(weights: Weights, asks: int, seed: int) -> list[str]:
    """Draw questions one after the other."""
    return random.Random(seed).choices(list(weights), list(weights.values()), k=asks)  # noqa: S311


def past(weights: Weights, asks: int, seed: int) -> tuple[tuple[str, int], ...]:
    """Return the log of an earlier time: another draw of the same law, counted."""
    return tuple(Counter(drawn(weights, asks, seed)).most_common())
