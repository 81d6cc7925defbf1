"""Decides whether two questions mean the same, without a model.

Each question is brought into a normal form; equal forms mean the same. Nothing else is ever
served on the guard's word. The form changes only what the tables say (`words.<lang>.toml`):

- spellings, plurals, units and number words on closed lists, and phrases of one class;
- articles, and "that is", "made of" before words that only say what a thing is like;
- the side on which a measure, a size, a model code or a word that says what a thing is like stands,
  and only where one thing is named. All other words keep their order, so that "chocolate milk" is
  no "milk chocolate" and "case for phone" is no "phone for case".

Because it is a normal form, the verdict is symmetric, reflexive and transitive, and takes no time
per pair: two digests are compared.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final, NamedTuple

import msgspec

from goeswith.cache.paraphrase.form import Segment, segments_of, take_audience, without_brand
from goeswith.cache.paraphrase.record import Asked
from goeswith.cache.paraphrase.spelling import is_figure, spell
from goeswith.cache.paraphrase.tables import Tables, load_tables, tables_digest

_RULES: Final = 1
"""Raise it when this module gives other shapes."""

_DIGIT: Final = re.compile(r"\d")
_SOUGHT: Final = frozenset({"find", "wanted"})


_MUST_AGREE: Final = (
    "intent",
    "direction",
    "locale",
    "scope",
    "price",
    "brands",
    "excluded brands",
    "exclusions",
    "attributes",
    "audience",
    "people",
    "numbers",
    "models",
    "sizes",
    "colors",
    "negation",
)


class Kind(StrEnum):
    """What two questions are to each other."""

    SAME = "same"
    """Equal up to the tables: one answer serves both."""

    UNPROVEN = "unproven"
    """Everything that can be checked agrees, but some words are unexplained."""

    DIFFERENT = "different"
    """Something that matters differs. Never served, whatever was learned."""


class Verdict(NamedTuple):
    """A kind, and what differs."""

    kind: Kind
    reason: str = ""


class Shape(NamedTuple):
    """What is compared of a question: digests of what must agree, of the form, of its words."""

    hard: bytes
    form: bytes
    bag: bytes


class _Read(NamedTuple):
    hard: tuple[object, ...]
    form: list[tuple[str, tuple[Segment, ...]]]
    bag: list[str]


@cache
def guard_version() -> str:
    """Return what a stored shape depends on: this module and its tables."""
    return f"{_RULES}:{tables_digest()}"


def shape_of(asked: Asked) -> Shape:
    """Return what is compared of a question. Takes any text; raises nothing."""
    read = _read(asked)
    return Shape(_digest(read.hard), _digest(read.form), _digest(read.bag))


def compare(one: Asked, other: Asked) -> Verdict:
    """Return what two questions are to each other, with what differs."""
    a, b = _read(one), _read(other)
    for name, mine, yours in zip(_MUST_AGREE, a.hard, b.hard, strict=True):
        if mine != yours:
            return Verdict(Kind.DIFFERENT, name)
    if a.form == b.form:
        return Verdict(Kind.SAME)
    if a.bag == b.bag:
        return Verdict(Kind.DIFFERENT, "order")
    extra = Counter(a.bag) - Counter(b.bag) + (Counter(b.bag) - Counter(a.bag))
    return Verdict(Kind.UNPROVEN, "words: " + " ".join(sorted(extra)))


def kind_of(one: Shape, other: Shape) -> Kind:
    """Return what two questions are to each other, from their shapes alone."""
    if one.hard != other.hard:
        return Kind.DIFFERENT
    if one.form == other.form:
        return Kind.SAME
    return Kind.DIFFERENT if one.bag == other.bag else Kind.UNPROVEN


def _digest(value: object) -> bytes:
    try:
        blob = msgspec.msgpack.encode(value)
    except UnicodeEncodeError:  # A lone surrogate is part of a text.
        blob = repr(value).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(blob, digest_size=16).digest()


@lru_cache(maxsize=512)
def _read(asked: Asked) -> _Read:
    tables = load_tables(asked.locale.partition("-")[0])
    audience = asked.audience
    parts: list[tuple[str, tuple[Segment, ...]]] = []
    for name, text in asked.fields:
        words = spell(text, tables)
        if name in _SOUGHT:
            words = without_brand(words, asked.brands)
            if not audience:
                words, audience = take_audience(words, tables)
        parts.append((name, segments_of(words, tables)))
    pieces = [
        piece
        for _, segments in parts
        for link, loose, core in segments
        for piece in (link, *loose, *core)
    ]
    joined = " ".join(pieces)
    every = joined.replace("_", " ").split()
    hard: tuple[object, ...] = (
        asked.intent,
        [name for name, _ in asked.fields],
        asked.locale,
        asked.scope,
        asked.price,
        sorted(asked.brands),
        sorted(asked.not_brands),
        sorted([" ".join(spell(words, tables)) for words in asked.not_words]),
        sorted(asked.attributes),
        audience,
        asked.people,
        _numbers(parts) if _DIGIT.search(joined) else [],
        _picked(every, tables.suffixes),
        _picked(every, tables.size_words),
        _picked(every, tables.colors),
        sorted([word for word in every if _negates(word, tables)]),
    )
    return _Read(hard, parts, sorted(every))


def _numbers(parts: list[tuple[str, tuple[Segment, ...]]]) -> list[str]:
    """Return every figure with the word after it, which may be its unit."""
    found: list[str] = []
    for _, segments in parts:
        for segment in segments:
            found += [word for word in segment.loose if _DIGIT.search(word)]
            for at, word in enumerate(segment.core):
                if _DIGIT.search(word):
                    following = segment.core[at + 1 : at + 2] if is_figure(word) else ()
                    found.append(" ".join((word, *following)))
    return sorted(found)


def _picked(words: list[str], among: frozenset[str]) -> list[str]:
    if among.isdisjoint(words):
        return []
    return sorted([word for word in words if word in among])


def _negates(word: str, tables: Tables) -> bool:
    return (
        word in tables.negations
        or word.startswith(tables.negating_prefixes)
        or word.endswith(tables.negating_suffixes)
    )
