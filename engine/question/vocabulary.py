"""What a shop is known to sell: brand names and attribute values, looked up in questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from goeswith.engine.question.clean import MAX_CHARS
from goeswith.engine.question.language import load_language


class Known(NamedTuple):
    """A known name at some place of a question: where it ends, and its value."""

    end: int
    value: str


class Vocabulary:
    """Brands and attribute values of a catalog.

    Args:
        brands: Brand names; case and apostrophes do not matter.
        values: Attribute value to attribute name ("mirrorless": "camera_type").
        language: Whose spelling rules split the names into words.
    """

    def __init__(
        self,
        brands: Iterable[str] = (),
        values: Mapping[str, str] | None = None,
        *,
        language: str = "en",
    ) -> None:
        self._language = language
        self._brands = self._index((name, name.lower()) for name in brands)
        self._values = self._index((value, value.lower()) for value in values or {})
        self._names = {value.lower(): name for value, name in (values or {}).items()}

    def brand_at(self, words: Sequence[str], at: int) -> Known | None:
        """Return the longest brand that starts at `at`."""
        return _longest(self._brands, words, at)

    def value_at(self, words: Sequence[str], at: int) -> tuple[Known, str] | None:
        """Return the longest attribute value that starts at `at`, and its attribute name."""
        found = _longest(self._values, words, at)
        return None if found is None else (found, self._names[found.value])

    @property
    def has_brands(self) -> bool:
        """True when brands are known."""
        return bool(self._brands)

    @property
    def has_values(self) -> bool:
        """True when attribute values are known."""
        return bool(self._values)

    def _index(self, names: Iterable[tuple[str, str]]) -> _Index:
        language = load_language(self._language)
        found: dict[str, dict[tuple[str, ...], str]] = {}
        for name, value in sorted(names):
            if len(name) > MAX_CHARS:
                continue
            plain = " ".join(name.casefold().split())
            spellings = {plain, plain.replace("'", ""), plain.replace("'s", "")}
            if plain.endswith("s") and "'" not in plain:
                spellings.add(f"{plain[:-1]}'s")
            for spelling in spellings:
                if words := tuple(language.words(spelling)):
                    found.setdefault(words[0], {}).setdefault(words, value)
        return {
            first: tuple(sorted(group.items(), key=lambda entry: (-len(entry[0]), entry)))
            for first, group in found.items()
        }


_Index = dict[str, tuple[tuple[tuple[str, ...], str], ...]]


def _longest(index: _Index, words: Sequence[str], at: int) -> Known | None:
    for name, value in index.get(words[at], ()):
        if tuple(words[at : at + len(name)]) == name:
            return Known(at + len(name), value)
    return None
