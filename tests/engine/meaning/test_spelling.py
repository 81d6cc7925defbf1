"""Which word of a shop a misspelt one means."""

from __future__ import annotations

import pytest

from goeswith.engine.meaning.spelling import respelt

SHOP = {"shampoo": 50, "spice": 30, "detergent": 9, "batter": 8, "butter": 9, "milk": 90}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("shampo", "shampoo"),
        ("shmapoo", "shampoo"),
        ("detergant", "detergent"),
        ("shampoo", "shampoo"),
        ("spicy", "spicy"),
        ("mlik", "mlik"),
        ("better", "better"),
        ("zhampoo", "zhampoo"),
        ("r10mark", "r10mark"),
    ],
)
def test_respelt(word: str, meant: str) -> None:
    assert respelt(word, lambda term: SHOP.get(term, 0)) == meant
