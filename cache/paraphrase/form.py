"""Parts the words of a phrase, and finds what may stand on either side of the one thing it names.

"black leather sofa" and "leather sofa black" name one thing, a sofa. A word may change sides only
when one thing is left without it: in "wireless mouse pad" it could belong to the mouse or to the
pad, so all words keep their order, unless the tables know a pair as one thing ("coffee table").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from goeswith.cache.paraphrase.spelling import is_figure, replaced
from goeswith.cache.paraphrase.tables import Tables

_EXTENT = re.compile(r"[0-9.]+(?:x[0-9.]+)+|[0-9.]+%|[$£€][0-9.,]+|f/[0-9.]+")
_CODE = re.compile(r"(?=.*[a-z])(?=.*[0-9])[a-z0-9/-]{3,}")
_LIKENESS: Final = frozenset({"is", "in", "comma"})


class Segment(NamedTuple):
    """A part: the link before it, what may stand on either side, its other words in order."""

    link: str
    loose: tuple[str, ...]
    core: tuple[str, ...]


def without_brand(words: list[str], brands: Sequence[str]) -> list[str]:
    """Drop a leading brand that is a constraint of its own, and so compared there."""
    for brand in brands:
        name = brand.lower().split()
        if name and len(name) < len(words) and words[: len(name)] == name:
            return words[len(name) :]
    return words


def take_audience(words: list[str], tables: Tables) -> tuple[list[str], str]:
    """Take "men's" out of "men's running shoe", and "kids" out of "kids toothpaste".

    The plain word counts only at the start and before one thing that is made for somebody, because
    "cabbage patch kids" and "adult swim" are names.
    """
    for at, word in enumerate(words[:-1]):
        label = tables.possessive.get(word, "")
        if not label and at == 0:
            label = _whose(word, words[1:], tables)
        if label:
            left = words[:at] + words[at + 1 :]
            named = any(other in tables.audience or other in tables.possessive for other in left)
            return (words, "") if named else (left, label)
        if word in tables.links:
            break
    return words, ""


def _whose(word: str, rest: list[str], tables: Tables) -> str:
    """Return the audience that a leading word names, "" when it may be part of a name."""
    for labels, made_for in (
        (tables.audience, tables.made_for),
        (tables.pets, tables.made_for_pets),
    ):
        if word in labels:
            one_thing = replaced(rest, tables.compounds)
            if len(one_thing) == 1 and not made_for.isdisjoint((one_thing[0], rest[-1])):
                return labels[word]
    return ""


def segments_of(words: list[str], tables: Tables) -> tuple[Segment, ...]:
    """Part the words at links, and bring every part into its form."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    at = 0
    while at < len(words):
        link, size = _link(words, at, tables) if words[at] in tables.links else ("", 0)
        units = parts[-1][1]
        if link == "of" and len(units) == 1 and units[0].split()[-1] in tables.measure_of:
            at += size
        elif link and at + size < len(words):
            parts.append((link, []))
            at += size
        elif link == "" and words[at] in tables.articles and len(parts) > 1 and not units:
            at += 1
        else:
            at = _take(words, at, tables, units)
    return _merged([_formed(link, units, tables) for link, units in parts], tables)


def _link(words: list[str], at: int, tables: Tables) -> tuple[str, int]:
    for phrase, name in tables.links[words[at]]:
        if tuple(words[at : at + len(phrase)]) == phrase:
            return name[0], len(phrase)
    return "", 0


def _take(words: list[str], at: int, tables: Tables, units: list[str]) -> int:
    """Add the word, or the measure or size, at `at`; return where the next begins."""
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else ""
    pair = (after in tables.measures and is_figure(word)) or (
        word == "size" and after and (after[0].isdigit() or after in tables.size_words)
    )
    units.append(f"{word} {after}" if pair else word)
    return at + 1 + bool(pair)


def _formed(link: str, plain: list[str], tables: Tables) -> Segment:
    """Take what may change sides off both ends, if that leaves one thing."""
    core = list(replaced(plain, tables.compounds))
    loose: list[str] = []
    codes = [word for word in core if not word.isalpha() and _CODE.fullmatch(word) is not None]

    def moves(word: str, beside: str) -> bool:
        if _is_likeness(word, tables):
            return True
        return (
            len(codes) == 1 and _CODE.fullmatch(word) is not None and beside not in tables.suffixes
        )

    while len(core) > 1 and moves(core[-1], core[-2]):
        loose.append(core.pop())
    while len(core) > 1 and (core[0], core[1]) not in tables.bound and moves(core[0], core[1]):
        loose.append(core.pop(0))
    colored = not tables.colors.isdisjoint(loose)
    if len(core) > 1 or (colored and core[-1].rsplit("_", 1)[-1] not in tables.colored):
        return Segment(link, (), tuple(plain))
    return Segment(link, tuple(sorted(loose)), tuple(core))


def _merged(found: list[Segment], tables: Tables) -> tuple[Segment, ...]:
    """Give "in black", "that is waterproof" to the first part, where nothing else was said."""
    first, *rest = found
    while rest and rest[0].link in _LIKENESS and len(first.core) == 1:
        said = (*rest[0].loose, *rest[0].core)
        colored = not tables.colors.isdisjoint(said)
        if not all(_is_likeness(word, tables) for word in said) or (
            colored and first.core[0].rsplit("_", 1)[-1] not in tables.colored
        ):
            break
        first = first._replace(loose=tuple(sorted((*first.loose, *said))))
        rest.pop(0)
    return (first, *rest)


def _is_likeness(word: str, tables: Tables) -> bool:
    return (
        word in tables.modifiers
        or word in tables.colors
        or (not word.isalpha() and (" " in word or _EXTENT.fullmatch(word) is not None))
    )
