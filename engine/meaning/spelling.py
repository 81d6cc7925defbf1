"""Words that a shop does not know, read as the one it knows that is a slip of the finger away."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator

LEAST_LETTERS = 5
"""Shorter words have too many neighbours."""

CLEARLY = 5
"""The word read instead is this many times as frequent as the next that it could be."""


def respelt(word: str, frequency: Callable[[str], int]) -> str:
    """Return the word meant by a misspelt one, the word itself where that is unknown or unclear.

    One letter may be missing, wrong or too many, or two exchanged. Never the first, and the last is
    not wrong: "spicy" is a word of its own beside "spice".

    Args:
        word: a search term.
        frequency: tells how many texts hold a term; 0 for one that is unknown.
    """
    if len(word) < LEAST_LETTERS or not (word.isascii() and word.isalpha()) or frequency(word):
        return word
    counts = {other: frequency(other) for other in set(_neighbours(word))}
    known = sorted((-count, other) for other, count in counts.items() if count)
    if not known or (len(known) > 1 and known[0][0] > CLEARLY * known[1][0]):
        return word
    return known[0][1]


def _neighbours(word: str) -> Iterator[str]:
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in string.ascii_lowercase)
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield from (head + letter + tail[1:] for letter in string.ascii_lowercase)
            yield head + tail[1] + tail[0] + tail[2:]
