"""Reads attribute words that are constraints. The words also stay in the phrase.

Sizes: "size 10", "size xl", and "xl" beside something worn. Colours: "in red", "red color",
"color : red", or a colour word when what is sought is on a list of things that come in colours,
because "green tea" and "red wine" are no colours. Diet words ("gluten free", "vegan") anywhere.
"""

from __future__ import annotations

import re

from goeswith.engine.question.language import Language, starts
from goeswith.engine.question.vocabulary import Vocabulary
from goeswith.engine.question.words import PUNCTUATION

Attributes = tuple[tuple[str, str], ...]

_SIZE = re.compile(r"[0-9]{1,3}(?:\.5)?[a-z]?")


class AttributeReader:
    """Reads attribute constraints with the tables of one language."""

    def __init__(self, language: Language) -> None:
        table = language.tables.attributes
        self._table = table
        self._diet = language.phrases(table.diet)
        self._diet_words = frozenset(self._diet)
        self._sizes = frozenset(table.size_words)
        self._triggers = self._diet_words | table.colors | table.bare_sizes | {"size"}

    def read(self, words: list[str], vocabulary: Vocabulary) -> Attributes:
        """Return the attributes in what is sought, sorted."""
        if not vocabulary.has_values and self._triggers.isdisjoint(words):
            return ()
        found: set[tuple[str, str]] = set()
        for at, word in enumerate(words):
            if word in self._diet_words and (size := starts(self._diet, words, at)):
                found.add(("diet", " ".join(words[at : at + size])))
            elif word in self._table.colors and self._is_color(words, at):
                found.add(("color", word))
            elif word in self._table.bare_sizes and not self._table.worn.isdisjoint(words):
                found.add(("size", word))
            elif word == "size" and at + 1 < len(words) and self._is_size(words[at + 1]):
                found.add(("size", words[at + 1]))
            if vocabulary.has_values and (known := vocabulary.value_at(words, at)):
                found.add((known[1], known[0].value))
        return tuple(sorted(found))

    def diet(self, words: list[str]) -> Attributes:
        """Return only the diet words, for an activity."""
        if self._diet_words.isdisjoint(words):
            return ()
        return tuple(
            sorted(
                {
                    ("diet", " ".join(words[at : at + size]))
                    for at in range(len(words))
                    if (size := starts(self._diet, words, at))
                }
            )
        )

    def _is_size(self, word: str) -> bool:
        return word in self._sizes or _SIZE.fullmatch(word) is not None

    def _is_color(self, words: list[str], at: int) -> bool:
        after = words[at + 1] if at + 1 < len(words) else ""
        before = words[at - 1] if at else ""
        if after in {"color", "colored"} or before == "color":
            return True
        if before == "in" and not after:
            return True
        head = self._head(words)
        return (
            at < head
            and words[head] in self._table.colored
            and after not in self._table.color_names
        )

    def _head(self, words: list[str]) -> int:
        """Return where the noun stands: before "with" or "size", else last."""
        for at, word in enumerate(words):
            if at and (word in {"with", "size", "in"} or word in PUNCTUATION):
                return at - 1
        return len(words) - 1
