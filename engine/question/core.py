"""Reads intent and phrases from words that hold no constraint any more."""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

from goeswith.engine.question.language import Language, Openers, ends
from goeswith.engine.question.model import Intent
from goeswith.engine.question.template import Slots, prefix
from goeswith.engine.question.words import PUNCTUATION

_SLOTS: Final = ("anchor", "wanted", "activity")
_MOST_OPENERS: Final = 4
_KEPT: Final = frozenset({"Sc", "Mn", "Mc"})


class Core(NamedTuple):
    """The intent and the words of each phrase. `find` is filled for FIND only."""

    intent: Intent
    find: list[str]
    anchor: list[str]
    wanted: list[str]
    activity: list[str]


class CoreReader:
    """Matches templates and trims phrases with the tables of one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._table = language.tables.core

    def strip(self, words: list[str]) -> list[str]:
        """Take greetings, openers and closers off; they say nothing about what is meant."""
        language = self._language
        start, end = 0, len(words)
        while start < end:
            after = _opened(language.openers, words, start)
            if after > start:
                start = after
            elif size := ends(language.closers, words, end):
                end -= size
            elif _is_sign(words[end - 1]):
                end -= 1
            elif _is_sign(words[start]):
                start += 1
            else:
                break
        return words[start:end]

    def read(self, words: list[str]) -> Core | None:
        """Return intent and phrases, None when nothing is named."""
        words = self._without_article(words)
        for _ in range(_MOST_OPENERS):
            found = self._match(words) if words else None
            if found is not None:
                return found
            after = _opened(self._language.late, words, 0) if words else 0
            if not after:
                break
            words = self._without_article(self.strip(words[after:]))
        phrase = self.trim(words, possessives=False)
        return Core(Intent.FIND, phrase, [], [], []) if self.names(phrase) else None

    def is_of_basket(self, words: list[str]) -> bool:
        """Tell whether the question is about the basket as a whole: "what else do I need"."""
        return any(template.match(words) is not None for template in self._language.basket)

    def trim(self, words: list[str], *, possessives: bool = True) -> list[str]:
        """Take articles, connectors and punctuation off the edges of a phrase."""
        table = self._table
        start, end = 0, len(words)
        while start < end:
            word = words[start]
            if (
                self._is_article(word, words[start + 1] if start + 1 < end else "")
                or (possessives and word in table.possessives)
                or word in table.leading
                or word in PUNCTUATION
            ):
                start += 1
            else:
                break
        while start < end and (words[end - 1] in table.trailing or words[end - 1] in PUNCTUATION):
            end -= 1
        return words[start:end]

    def _is_article(self, word: str, following: str) -> bool:
        """True for an article that says nothing; "a" in "a cup bra" and "vitamin a" does."""
        if word not in self._table.articles:
            return False
        return word != "a" or (following != "" and following not in self._table.keep_a)

    def _without_article(self, words: list[str]) -> list[str]:
        return words[1:] if len(words) > 1 and self._is_article(words[0], words[1]) else words

    def _match(self, words: list[str]) -> Core | None:
        language = self._language
        for number in language.finder.candidates(words):
            intent, template = language.templates[number]
            slots = template.match(words)
            if slots is not None:
                core = self._accept(intent, slots)
                if core is not None:
                    return core
        return None

    def _accept(self, intent: Intent, slots: Slots) -> Core | None:
        anchor, wanted, activity = (self.trim(slots.get(name, [])) for name in _SLOTS)
        if not self.names(activity):
            activity = []
        elif "verb" in slots:
            activity = slots["verb"] + activity
        if wanted and not self.names(wanted):
            wanted = []
        if "anchor" in slots and not self.names(anchor):
            return None
        if "activity" in slots and not activity:
            return None
        if "wanted" in slots and not wanted:
            return None
        if intent is Intent.COMPATIBLE and not any(word[0].isalpha() for word in anchor):
            return None
        return Core(intent, [], anchor, wanted, activity)

    def names(self, words: list[str]) -> bool:
        """True when the words name something: one is no function word and has a letter or digit."""
        empty = self._language.empty
        return any(word not in empty and any(map(str.isalnum, word)) for word in words)


def _is_sign(word: str) -> bool:
    """True for punctuation and emoji; not for a currency or an ASCII sign such as "+"."""
    return word in PUNCTUATION or not (
        word.isascii()
        or any(char.isalnum() or unicodedata.category(char) in _KEPT for char in word)
    )


def _opened(openers: Openers, words: list[str], at: int) -> int:
    """Return where the longest opener at `at` ends, `at` when there is none."""
    best = at
    for opener in openers.get(words[at], ()):
        after = prefix(opener.template, words, at)
        if after > best and not (after < len(words) and words[after] in opener.unless):
            best = after
    return best
