"""From a text to words that are spelled in one way. Knows nothing of what words mean together."""

from __future__ import annotations

import re

from goeswith.cache.paraphrase.tables import Phrases, Tables

_COMMA = re.compile(r",(?![0-9])|(?<![0-9]),")
_HYPHENS = re.compile(r"(?<=[a-z])-(?=[a-z])(?!.*[0-9])|(?<=[0-9])-(?=[a-z]{2,}$)")
_GLUED = re.compile(r"([0-9]+(?:[.,/-][0-9]+)?)([a-z]+)")
_FIGURE = re.compile(r"-?[0-9]+(?:[.,/-][0-9]+)*")
_APERTURE = re.compile(r"f/?([0-9]+(?:\.[0-9]+)?)")


def spell(text: str, tables: Tables) -> list[str]:
    """Return the words of a text: spellings, plurals, units and phrases resolved."""
    words: list[str] = []
    lower = text.lower()
    if "," in lower:
        lower = _COMMA.sub(" , ", lower)
    plain = True
    for raw in lower.split():
        if raw.isalpha():
            singular = tables.plurals.get(raw, raw)
            words.append(tables.numbers.get(singular, singular))
        else:
            plain = False
            _split(raw, words, tables)
    # "two person" has a figure too; a phrase can hold one as well.
    if plain and tables.numbers.keys().isdisjoint(lower.split()):
        return replaced(words, tables.phrases)
    return _units(replaced(words, tables.phrases), tables)


def _split(raw: str, words: list[str], tables: Tables) -> None:
    for word in _HYPHENS.sub(" ", raw).split():
        glued = _GLUED.fullmatch(word)
        if glued is not None and glued[2] in tables.units and word not in tables.names:
            words += (glued[1], tables.units[glued[2]])
        elif (aperture := _APERTURE.fullmatch(word)) is not None:
            words.append(f"f/{aperture[1]}")
        else:
            singular = tables.plurals.get(word, word)
            words.append(tables.numbers.get(singular, singular))


def replaced(words: list[str], phrases: Phrases) -> list[str]:
    """Return the words with every phrase of the table in the form that stands for it."""
    if phrases.keys().isdisjoint(words):
        return words
    out: list[str] = []
    at = 0
    while at < len(words):
        size = 1
        for phrase, meaning in phrases.get(words[at], ()):
            size = len(phrase)
            if size == 1 or tuple(words[at : at + size]) == phrase:
                out += meaning
                break
        else:
            size = 1
            out.append(words[at])
        at += size
    return out


def _units(words: list[str], tables: Tables) -> list[str]:
    """Join "5 x 7", and give a unit after a figure one spelling."""
    out: list[str] = []
    for at, word in enumerate(words):
        last = out[-1] if out else ""
        if (
            word == "x"
            and is_figure(last)
            and is_figure(words[at + 1] if at + 1 < len(words) else "")
        ):
            out[-1] = f"{last}x"
        elif last.endswith("x") and is_figure(last[:-1]) and is_figure(word):
            out[-1] = last + word
        elif is_figure(last) and word in tables.units and not _joins(words, at, tables):
            out.append(tables.units[word])
        else:
            out.append(word)
    return out


def _joins(words: list[str], at: int, tables: Tables) -> bool:
    """True for the "in" of "2 in 1", "size 8 in black" and "set of 4 in white": no unit."""
    if words[at] != "in":
        return False
    after = words[at + 1] if at + 1 < len(words) else ""
    return is_figure(after) or after in tables.colors or (at >= 2 and words[at - 2] == "size")


def is_figure(word: str) -> bool:
    """Say whether a word is a number or a range of numbers."""
    return _FIGURE.fullmatch(word) is not None
