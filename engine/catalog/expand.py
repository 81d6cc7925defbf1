"""Codes of a shop's back office made readable, by the tables of a feed."""

from __future__ import annotations

import re

from goeswith.engine.catalog.feed import ExpandRule

_SPACE_BEFORE = re.compile(r"\s+([,;:)])")
_COMMAS = re.compile(r"(?:,\s*)+(?=[,)]|$)|^[\s,/&-]+|[\s/&,-]+$")


class Expander:
    """Expands one value at a time."""

    def __init__(self, rule: ExpandRule) -> None:
        """Compile the tables of a rule. Keys match whatever their case and spacing."""
        self._values = {_key(raw): text for raw, text in rule.values.items()}
        self._words = {_key(raw): text for raw, text in rule.words.items()}
        self._replace = [(re.compile(find, re.IGNORECASE), by) for find, by in rule.replace]
        longest_first = sorted(self._words, key=lambda word: (-len(word), word))
        words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)
        self._pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)|\w+", re.IGNORECASE)

    def __call__(self, raw: str) -> str:
        """Return the readable form of a value."""
        text = self._values.get(_key(raw))
        if text is not None:
            return text
        text = raw
        for pattern, replacement in self._replace:
            text = pattern.sub(replacement, text)
        known = self._values.get(_key(text))
        if known is not None:
            return known
        text = self._pattern.sub(self._word, text)
        text = _SPACE_BEFORE.sub(r"\1", " ".join(text.split()))
        text = _COMMAS.sub("", text).strip()
        return text[:1].upper() + text[1:]

    def _word(self, match: re.Match[str]) -> str:
        word = match.group()
        return self._words.get(_key(word), word.lower())


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
