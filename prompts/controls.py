"""Planted false statements. A model that agrees to them is not believed on anything else.

They stand among the real ones and look like them. Which one is used, and where it stands, follows
from the asking, so that the same asking gives the same bytes.
"""

from __future__ import annotations

import hashlib

import msgspec

from goeswith.prompts.clean import same

FALSE_PAIRS: tuple[tuple[str, str], ...] = (
    ("inkjet printer", "frozen fish fingers"),
    ("chocolate cake mix", "car tyre valve caps"),
    ("shower curtain", "guitar strings"),
    ("dog leash", "concrete drill bits"),
    ("bicycle helmet", "powdered gelatin"),
    ("wall paint", "baby teething rings"),
    ("tennis racket", "toilet bowl cleaner"),
    ("reading glasses", "barbecue charcoal"),
)
"""Things of everyday life that have nothing to do with each other."""


class Control(msgspec.Struct, frozen=True):
    """A false pair and the place among the real ones where it stands (taken modulo their count)."""

    anchor: str
    candidate: str
    place: int


def controls(texts: list[str], count: int) -> list[Control]:
    """Return `count` controls that share no word with the texts, where that can be."""
    digest = int.from_bytes(hashlib.sha256("\n".join(texts).encode()).digest()[:8], "big")
    words = {word for text in texts for word in same(text).split()}
    turned = [FALSE_PAIRS[(digest + i) % len(FALSE_PAIRS)] for i in range(len(FALSE_PAIRS))]
    apart = [pair for pair in turned if not words & set(same(" ".join(pair)).split())]
    rest = [pair for pair in turned if pair not in apart]
    chosen = (apart + rest)[:count]
    return [Control(a, c, (digest >> 8 * i) % 997) for i, (a, c) in enumerate(chosen)]
