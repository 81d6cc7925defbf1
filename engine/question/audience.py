"""Reads for whom and for how many: "for my dog", "for a 3 year old", "for six people"."""

from __future__ import annotations

import re
from typing import NamedTuple

from goeswith.engine.question.language import GAP, Language, starts
from goeswith.engine.question.words import BREAK, PUNCTUATION

_MOST_PEOPLE = 500
_JOINS = frozenset({"and", "or", BREAK})
_AGE = re.compile(r"([0-9]{1,2})-(year|month|week)s?-olds?")


class Audience(NamedTuple):
    """The words without audience and number of people, and what was read."""

    words: list[str]
    audience: str = ""
    people: int = 0


class AudienceReader:
    """Reads audience and number of people with the tables of one language."""

    def __init__(self, language: Language) -> None:
        table = language.tables.audience
        self._table = table
        self._labels = {
            language.words(word)[0]: label
            for label, words in table.labels.items()
            for word in words
        }
        people = language.tables.people
        self._numbers = people.numbers
        self._markers = language.phrases(people.markers)
        self._nouns = language.phrases(people.nouns)
        self._occasion = frozenset(language.words(language.tables.sets.get("occasion", "")))

    def read(self, words: list[str]) -> Audience:
        """Take the first audience and the first number of people out of the words."""
        if self._markers.keys().isdisjoint(words):
            return Audience(words)
        out: list[str] = []
        audience, people = "", 0
        at = 0
        while at < len(words):
            size = starts(self._markers, words, at) if words[at] in self._markers else 0
            if size and not (out and out[-1] in self._table.not_after):
                end, number = self._people(words, at + size, out) if not people else (0, 0)
                label = ""
                if not end and not audience:
                    end, label = self.label_at(words, at + 1)
                if end:
                    people, audience = people or number, audience or label
                    out.append(GAP)
                    at = end
                    continue
            out.append(words[at])
            at += 1
        return Audience(out, audience, people)

    def label_at(self, words: list[str], at: int) -> tuple[int, str]:
        """Read an audience at `at`: where it ends and its label, or (0, "")."""
        table = self._table
        count = len(words)
        while at < count and words[at] in table.before:
            at += 1
        parts: list[str] = []
        at = self._age(words, at, parts)
        aged = bool(parts)
        if at < count and words[at] in table.modifier and not aged:
            parts.append(words[at])
            at += 1
        if at < count and words[at] in self._labels:
            parts.append(self._labels[words[at]])
            at += 1
            at = self._more(words, at, parts)
        elif not aged:
            return 0, ""
        return (at, " ".join(parts)) if self._closes(words, at) else (0, "")

    def _more(self, words: list[str], at: int, parts: list[str]) -> int:
        """Read further labels: "men, women and kids"."""
        while True:
            end = at
            while end < len(words) and end < at + 2 and words[end] in _JOINS:
                end += 1
            if end == at or end >= len(words) or words[end] not in self._labels:
                return at
            parts += ("and", self._labels[words[end]])
            at = end + 1

    def _age(self, words: list[str], at: int, parts: list[str]) -> int:
        found = _AGE.fullmatch(words[at]) if at < len(words) else None
        if found is not None:
            parts += (found[1], found[2], "old")
            return at + 1
        if (
            at + 2 < len(words)
            and words[at].isdigit()
            and words[at + 1] in self._table.ages
            and words[at + 2] in {"old", "olds"}
        ):
            parts += (words[at], words[at + 1].rstrip("s"), "old")
            return at + 3
        return at

    def _people(self, words: list[str], at: int, before: list[str]) -> tuple[int, int]:
        if at >= len(words):
            return 0, 0
        word = words[at]
        number = self._numbers.get(word, 0)
        figure = not number and word.isascii() and word.isdigit() and len(word) <= 3
        if figure:
            number = int(word)
        if not 0 < number <= _MOST_PEOPLE:
            return 0, 0
        end = at + 1
        size = starts(self._nouns, words, end) if end < len(words) else 0
        end += size
        if not self._closes(words, end):
            return 0, 0
        if figure and not size and self._occasion.isdisjoint(before):
            return 0, 0
        return end, number

    def _closes(self, words: list[str], at: int) -> bool:
        return (
            at >= len(words)
            or words[at] in self._table.after
            or words[at] in PUNCTUATION
            or words[at] == GAP
        )
