"""The word tables of the guard, one TOML file a language. The file says what each table means."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import msgspec

Words = tuple[str, ...]
Phrases = Mapping[str, tuple[tuple[Words, Words], ...]]
"""First word to the phrases that begin with it, longest first, each with what stands for it."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    classes: list[list[str]]
    plurals: dict[str, str]
    numbers: dict[str, str]
    units: dict[str, str]
    links: dict[str, str]
    articles: list[str]
    measure_of: str
    size_words: str
    colors: str
    colored: str
    modifiers: dict[str, str]
    bound: list[str]
    suffixes: str
    negations: str
    negating_prefixes: list[str]
    negating_suffixes: list[str]
    audience: dict[str, str]
    possessive: dict[str, str]
    made_for: str
    pets: dict[str, str]
    made_for_pets: str
    names: list[str]
    compounds: list[str]


class Tables(msgspec.Struct, frozen=True):
    """Compiled tables of one language."""

    phrases: Phrases = msgspec.field(default_factory=dict)
    plurals: Mapping[str, str] = msgspec.field(default_factory=dict)
    numbers: Mapping[str, str] = msgspec.field(default_factory=dict)
    units: Mapping[str, str] = msgspec.field(default_factory=dict)
    measures: frozenset[str] = frozenset()
    links: Phrases = msgspec.field(default_factory=dict)
    articles: frozenset[str] = frozenset()
    measure_of: frozenset[str] = frozenset()
    size_words: frozenset[str] = frozenset()
    colors: frozenset[str] = frozenset()
    colored: frozenset[str] = frozenset()
    modifiers: frozenset[str] = frozenset()
    bound: frozenset[Words] = frozenset()
    suffixes: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    negating_prefixes: tuple[str, ...] = ()
    negating_suffixes: tuple[str, ...] = ()
    audience: Mapping[str, str] = msgspec.field(default_factory=dict)
    possessive: Mapping[str, str] = msgspec.field(default_factory=dict)
    made_for: frozenset[str] = frozenset()
    pets: Mapping[str, str] = msgspec.field(default_factory=dict)
    made_for_pets: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    compounds: Phrases = msgspec.field(default_factory=dict)


@cache
def load_tables(language: str) -> Tables:
    """Return the tables of a language ("en"). Without a file only equal words are equal.

    Raises:
        msgspec.ValidationError: the packaged file is not what this version reads.
    """
    if not (language.isascii() and language.isalpha()):
        return Tables()
    file = files(__package__).joinpath(f"words.{language}.toml")
    if not file.is_file():
        return Tables()
    table = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
    plurals = _plurals(table.plurals)

    def fold(phrase: str) -> Words:
        return tuple(plurals.get(word, word) for word in phrase.split())

    return Tables(
        phrases=_phrases(
            (fold(phrase), fold(group[0])) for group in table.classes for phrase in group
        ),
        plurals=plurals,
        numbers=table.numbers,
        units=_listed(table.units),
        measures=frozenset(table.units),
        links=_phrases(
            (tuple(phrase.split()), (name,))
            for name, line in table.links.items()
            for phrase in line.split("|")
        ),
        articles=frozenset(table.articles),
        measure_of=frozenset(fold(table.measure_of)),
        size_words=frozenset(table.size_words.split()),
        colors=frozenset(table.colors.split()),
        colored=frozenset(fold(table.colored)),
        modifiers=frozenset(word for line in table.modifiers.values() for word in fold(line)),
        bound=frozenset(fold(pair) for pair in table.bound),
        suffixes=frozenset(table.suffixes.split()),
        negations=frozenset(table.negations.split()),
        negating_prefixes=tuple(table.negating_prefixes),
        negating_suffixes=tuple(table.negating_suffixes),
        audience=_listed(table.audience),
        possessive=_listed(table.possessive),
        made_for=frozenset(fold(table.made_for)),
        pets=_listed(table.pets),
        made_for_pets=frozenset(fold(table.made_for_pets)),
        names=frozenset(table.names),
        compounds=_phrases((fold(name), ("_".join(fold(name)),)) for name in table.compounds),
    )


@cache
def tables_digest() -> str:
    """Return a digest of every packaged table, 16 hexadecimal characters."""
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _plurals(table: Mapping[str, str]) -> dict[str, str]:
    """Read "regular" as a list of singulars that take an s; the rest is plural to singular."""
    regular = {f"{word}s": word for word in table.get("regular", "").split()}
    return regular | {many: one for many, one in table.items() if many != "regular"}


def _listed(table: Mapping[str, str]) -> dict[str, str]:
    return {word: label for label, line in table.items() for word in line.split()}


def _phrases(pairs: Iterable[tuple[Words, Words]]) -> Phrases:
    found: dict[str, dict[Words, Words]] = {}
    for phrase, meaning in pairs:
        found.setdefault(phrase[0], {})[phrase] = meaning
    return {
        word: tuple(sorted(group.items(), key=lambda item: (-len(item[0]), item[0])))
        for word, group in found.items()
    }
