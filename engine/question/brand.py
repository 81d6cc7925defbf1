"""Reads brands that are asked for: "by Sony", "brand: Sony", and known brands in what is sought."""

from __future__ import annotations

from typing import NamedTuple

from goeswith.engine.question.language import GAP, Language, starts
from goeswith.engine.question.vocabulary import Vocabulary
from goeswith.engine.question.words import COLON, PUNCTUATION


class Branded(NamedTuple):
    """The words without explicit brands, and the brands."""

    words: list[str]
    brands: tuple[str, ...] = ()


class BrandReader:
    """Reads brands with the tables of one language."""

    def __init__(self, language: Language) -> None:
        self._table = language.tables.brand
        self._markers = language.phrases(self._table.markers)

    def explicit(self, words: list[str], vocabulary: Vocabulary) -> Branded:
        """Take "by X" and "brand: X" out of the words.

        With known brands, X must be one of them; without, X is up to three words to the next
        boundary and none of the words that make "by" mean something else.
        """
        if self._table.triggers.isdisjoint(words):
            return Branded(words)
        out: list[str] = []
        brands: list[str] = []
        at = 0
        while at < len(words):
            size = starts(self._markers, words, at) if words[at] in self._markers else 0
            end = self._name(words, at, at + size, vocabulary, brands) if size else 0
            if end:
                out.append(GAP)
                at = end
            else:
                out.append(words[at])
                at += 1
        return Branded(out, tuple(brands))

    def sought(self, words: list[str], vocabulary: Vocabulary) -> tuple[str, ...]:
        """Return the known brands in what is sought, first or last; its words stay."""
        if not vocabulary.has_brands:
            return ()
        found: list[str] = []
        for at in range(len(words)):
            brand = vocabulary.brand_at(words, at)
            if (
                brand is not None
                and brand.value not in self._table.common
                and (at == 0 or brand.end == len(words))
                and brand.end - at < len(words)
            ):
                found.append(brand.value)
        return tuple(found)

    def _name(
        self, words: list[str], marker: int, at: int, vocabulary: Vocabulary, brands: list[str]
    ) -> int:
        """Read the brand at `at`. Return where it ends, 0 when there is none."""
        if not self._allowed(words, marker, at):
            return 0
        if words[at - 1] == COLON:
            brands.append(words[at])
            return at + 1
        if vocabulary.has_brands:
            known = vocabulary.brand_at(words, at)
            if known is not None:
                brands.append(known.value)
            return known.end if known is not None else 0
        end, most = at, min(len(words), at + self._table.limit + 1)
        while end < most and not (
            words[end] in self._table.boundary or words[end] in PUNCTUATION or words[end] == GAP
        ):
            end += 1
        if not at < end < at + self._table.limit + 1:
            return 0
        brands.append(" ".join(words[at:end]))
        return end

    def _allowed(self, words: list[str], marker: int, at: int) -> bool:
        if at >= len(words) or words[at] in self._table.not_after or words[at][0].isdigit():
            return False
        before = words[marker - 1] if marker else ""
        return not (before in self._table.not_before or before[:1].isdigit())
