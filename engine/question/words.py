"""From folded text to words: splits, one spelling a word, safe singulars, numbers and units.

Sentence punctuation becomes a word of its own (`STOP` between sentences, else `BREAK`, `COLON` or
`DASH`); it ends a constraint and never joins two words. Signs that carry meaning stay in the word:
"-10", "70-300mm", "f/1.8", "c++", "2%".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Lexicon = Mapping[str, tuple[str, ...]]
"""One spelling to the words it stands for ("what's" to "what is", "batteries" to "battery")."""

BREAK = ","
COLON = ":"
DASH = "-"
STOP = "."
PUNCTUATION = frozenset({BREAK, COLON, DASH, STOP})

_SPACED = re.compile(r"[;()\[\]{}<>*_~`\\=]|,(?![0-9])|(?<![0-9]),")
_STOPS = re.compile(r"[!?…]")
_ATTACHED = frozenset({BREAK, COLON, STOP})
_EDGES = ".,:'-"
_MEASURE = re.compile(r"([0-9]+(?:[.,/][0-9]+)?)-?([a-z]+)")
_ABBREVIATIONS = frozenset(
    {"oz", "lb", "lbs", "no", "in", "ft", "fl", "vs", "dr", "mr", "mrs", "st"}
)


def split_words(folded: str, lexicon: Lexicon, units: Mapping[str, str]) -> list[str]:
    """Return the words of folded text. Joining them with spaces and splitting again is stable."""
    if '"' in folded:
        folded = _inches(folded)
    if "|" in folded:
        folded = folded.replace("|", "/")
    if _STOPS.search(folded):
        folded = _STOPS.sub(f" {STOP} ", folded)
    if _SPACED.search(folded):
        folded = _SPACED.sub(f" {BREAK} ", folded)
    words: list[str] = []
    for raw in folded.split():
        known = lexicon.get(raw)
        if known is not None:
            words += known
        elif raw.isalpha():
            words.append(raw)
        else:
            _add(raw, words, lexicon, units)
    return words


def join_words(words: list[str]) -> str:
    """Return words as text for reading, with punctuation close to the word before it."""
    if _ATTACHED.isdisjoint(words):
        return " ".join(words)
    return "".join(
        word if not at or word in _ATTACHED else f" {word}" for at, word in enumerate(words)
    )


def _add(raw: str, words: list[str], lexicon: Lexicon, units: Mapping[str, str]) -> None:
    body = raw.rstrip(_EDGES)
    tail = raw[len(body) :]
    if tail == "'" and body[-1:].isdigit():
        body, tail = raw, ""
    core = body.lstrip(_EDGES)
    if core and core[0].isdigit() and body[: -len(core)].endswith(("-", ".")):
        core = body[-len(core) - 1] + core
    if core:
        _add_core(core, words, lexicon, units)
    if core and tail == "." and core in _ABBREVIATIONS:
        return
    mark = next((sign for sign in (STOP, COLON, BREAK, DASH) if sign in raw[len(body) :]), "")
    if mark and (not core or tail.strip("'-")) and (not words or words[-1] not in PUNCTUATION):
        words.append(mark)


def _add_core(core: str, words: list[str], lexicon: Lexicon, units: Mapping[str, str]) -> None:
    known = lexicon.get(core)
    if known is not None:
        words += known
        return
    measure = _MEASURE.fullmatch(core)
    if measure is not None and measure[2] in units:
        words += (measure[1], units[measure[2]])
    elif core.endswith("-free") and core[:-5].isalpha():
        words += (core[:-5], "free")
    else:
        words.append(core)


def _inches(folded: str) -> str:
    """Read '24"' as inches, and drop quotation marks."""
    out: list[str] = []
    quoted = False
    for at, char in enumerate(folded):
        if char != '"':
            out.append(char)
        elif quoted:
            quoted = False
            out.append(" ")
        elif at and folded[at - 1].isdigit():
            out.append(" inch ")
        else:
            quoted = True
            out.append(" ")
    return "".join(out)
