"""The shape of the data files: patterns.toml and words.toml, or patterns.<lang>.toml and so on."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final, TypeVar

import msgspec

from goeswith.engine.errors import SettingsError
from goeswith.engine.question.model import Intent

_PACKAGE: Final = "goeswith.engine.question"
_DEFAULT: Final = "en"
_File = TypeVar("_File", bound=msgspec.Struct)


class OpenerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Leading words without meaning: before the templates, and after they failed."""

    always: list[str]
    late: list[str]


class IntentTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The templates of one intent, in order."""

    name: Intent
    templates: list[str]


class PatternFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people ask."""

    groups: dict[str, str]
    openers: OpenerTable
    closers: list[str]
    basket: list[str]
    intent: list[IntentTable]


class SingularTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words whose plural means the same, and plurals that are not regular."""

    regular: str
    irregular: dict[str, str]


class CoreTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words dropped at the edges of a phrase, or that name nothing alone."""

    articles: frozenset[str]
    possessives: frozenset[str]
    keep_a: frozenset[str]
    leading: frozenset[str]
    trailing: frozenset[str]
    empty: str


class AudienceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a product is for: label to words, and the words around them."""

    not_after: frozenset[str]
    before: frozenset[str]
    modifier: frozenset[str]
    ages: frozenset[str]
    after: frozenset[str]
    labels: dict[str, list[str]]


class PeopleTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many people: what stands before and after the number."""

    markers: list[str]
    nouns: list[str]
    numbers: dict[str, int]


class PriceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Comparisons and what surrounds them."""

    max: list[str]
    min: list[str]
    around: list[str]
    budget: list[str]
    between: list[tuple[str, str]]
    joins: frozenset[str]
    max_after: list[str]
    min_after: list[str]
    currencies: frozenset[str]
    leads: list[str]
    boundary: frozenset[str]
    not_after: frozenset[str]


class ExclusionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Negations and what they do not mean. A marker holds at least one trigger."""

    triggers: frozenset[str]
    markers: list[str]
    joins: frozenset[str]
    boundary: frozenset[str]
    skip: frozenset[str]
    after_verb: frozenset[str]
    not_degrees: frozenset[str]
    no_compounds: frozenset[str]


class BrandTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Explicit brands, and what "by" does not mean. A marker holds at least one trigger."""

    triggers: frozenset[str]
    markers: list[str]
    limit: int
    not_before: frozenset[str]
    not_after: frozenset[str]
    boundary: frozenset[str]
    common: frozenset[str]


class AttributeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Attribute words that are constraints."""

    color_names: frozenset[str]
    colors: frozenset[str]
    colored: frozenset[str]
    worn: frozenset[str]
    size_words: frozenset[str]
    bare_sizes: frozenset[str]
    diet: list[str]


class WordFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word tables of one language."""

    spellings: dict[str, str]
    singulars: SingularTable
    units: dict[str, str]
    core: CoreTable
    sets: dict[str, str]
    audience: AudienceTable
    people: PeopleTable
    price: PriceTable
    exclusion: ExclusionTable
    brand: BrandTable
    attributes: AttributeTable


def language_of(locale: str) -> str:
    """Return the language of a locale that has data files; English for every other."""
    name = locale.partition("-")[0]
    return name if (files(_PACKAGE) / f"patterns.{name}.toml").is_file() else _DEFAULT


def read_patterns(language: str) -> PatternFile:
    """Read the templates of a language. Raises SettingsError when the file has a wrong shape."""
    return _read("patterns", language, PatternFile)


def read_words(language: str) -> WordFile:
    """Read the word tables of a language. Raises SettingsError when the file has a wrong shape."""
    return _read("words", language, WordFile)


def _read(stem: str, language: str, shape: type[_File]) -> _File:
    name = f"{stem}.toml" if language == _DEFAULT else f"{stem}.{language}.toml"
    try:
        return msgspec.convert(
            tomllib.loads((files(_PACKAGE) / name).read_text(encoding="utf-8")), shape
        )
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"The word table {name} cannot be used: {error}") from error
