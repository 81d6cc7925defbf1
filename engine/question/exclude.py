"""Reads what the shopper does not want: "not Sony", "without nuts or milk", "other than pepsi".

What is excluded runs to the next boundary word or punctuation, at most three words an item. A
negated verb ("does not fit", "can not believe") and names such as "no show socks" exclude nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from goeswith.engine.question.language import GAP, Language, starts
from goeswith.engine.question.vocabulary import Vocabulary
from goeswith.engine.question.words import PUNCTUATION

_ITEM_WORDS: Final = 3


class Excluded(NamedTuple):
    """The words without exclusions, and what is excluded."""

    words: list[str]
    brands: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


class ExclusionReader:
    """Reads exclusions with the tables of one language."""

    def __init__(self, language: Language) -> None:
        self._table = language.tables.exclusion
        self._markers = language.phrases(self._table.markers)
        self._triggers = self._table.triggers

    def read(self, words: list[str], vocabulary: Vocabulary) -> Excluded:
        """Take the exclusions out of the words."""
        if self._triggers.isdisjoint(words):
            return Excluded(words)
        out: list[str] = []
        brands: list[str] = []
        terms: list[str] = []
        at = 0
        while at < len(words):
            size = starts(self._markers, words, at) if words[at] in self._markers else 0
            end = 0
            if size and self._excludes(words, at, size):
                leading = all(word == GAP for word in out)
                end = self._items(words, at + size, vocabulary, brands, None if leading else terms)
            if end:
                out.append(GAP)
                at = end
            else:
                out.append(words[at])
                at += 1
        return Excluded(out, tuple(sorted(set(brands))), tuple(sorted(set(terms))))

    def _excludes(self, words: list[str], at: int, size: int) -> bool:
        table = self._table
        marker, after = words[at + size - 1], at + size
        following = words[after] if after < len(words) else GAP
        if marker == "no":
            return not (following[0].isdigit() or following in table.no_compounds)
        if marker == "not" and size == 1 and at and words[at - 1] in table.after_verb:
            return False
        return not (marker == "not" and following in table.not_degrees)

    def _items(
        self,
        words: list[str],
        at: int,
        vocabulary: Vocabulary,
        brands: list[str],
        terms: list[str] | None,
    ) -> int:
        """Read the excluded items from `at`. Return where they end, 0 when there are none.

        Without `terms` only known brands are read: in "not a lens for canon" and "no sugar gum"
        nothing stands before the negation that could be left.
        """
        table = self._table
        done = 0
        while True:
            while at < len(words) and words[at] in table.skip:
                at += 1
            end, most = at, min(len(words), at + _ITEM_WORDS + 1)
            while end < most and not self._stops(words[end]):
                end += 1
            brand = vocabulary.brand_at(words, at) if at < len(words) else None
            if brand is not None and brand.end <= end:
                brands.append(brand.value)
                done = end = brand.end
            elif (
                terms is not None and at < end <= at + _ITEM_WORDS and not words[at].endswith("ing")
            ):
                terms.append(" ".join(words[at:end]))
                done = end
            else:
                return done
            if end >= len(words) or words[end] not in table.joins:
                return done
            at = end + 1

    def _stops(self, word: str) -> bool:
        table = self._table
        return word in table.boundary or word in table.joins or word in PUNCTUATION or word == GAP
