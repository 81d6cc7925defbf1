"""Reads price bounds. Amounts only: the currency is the catalog's.

"under", "up to", "for $20" and "$20 or less" bound from above, "over" and "$20 and up" from
below, "between 10 and 20" and "$10-20" from both sides. "around $50" is 40 to 60, a fifth each way.

A figure is a price when it has a currency, or when a comparison stands before it and a boundary
or the end behind it: "under 30 minutes", "kids over 3", "air max 90" and "50mm" are no prices.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from goeswith.engine.question.language import GAP, Language, ends, starts
from goeswith.engine.question.words import PUNCTUATION

AROUND: Final = 0.2
"""How far "around" reaches, as a fraction of the amount."""

_AMOUNT = re.compile(
    r"([$£€¥]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(?:[.,]([0-9]{1,2}))?(k?)([$£€¥]?)(\+?)"
)
_STARTS = frozenset("$£€¥0123456789")

Kind = Literal["max", "min", "around", "budget", "between"]


class _Amount(NamedTuple):
    end: int
    low: float
    high: float
    marked: bool
    plus: bool


class _Found(NamedTuple):
    end: int
    low: float | None
    high: float | None


class Bounds(NamedTuple):
    """The words without prices, and the bounds that were read."""

    words: list[str]
    low: float | None = None
    high: float | None = None


class PriceReader:
    """Reads price bounds with the tables of one language."""

    def __init__(self, language: Language) -> None:
        table = language.tables.price
        self._table = table
        kinds: dict[Kind, list[str]] = {
            "max": table.max,
            "min": table.min,
            "around": table.around,
            "budget": table.budget,
            "between": [first for first, _ in table.between],
        }
        found: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
        for kind, lines in kinds.items():
            for line in lines:
                phrase = tuple(language.words(line))
                found.setdefault(phrase[0], []).append((phrase, kind))
        self._comparisons = {
            first: tuple(sorted(group, key=lambda entry: -len(entry[0])))
            for first, group in found.items()
        }
        self._joins = frozenset(word for _, join in table.between for word in language.words(join))
        self._max_after = language.phrases(table.max_after)
        self._min_after = language.phrases(table.min_after)
        self._leads = language.phrases(table.leads, by_last=True)

    def read(self, words: list[str]) -> Bounds:
        """Take the prices out of the words."""
        for word in words:
            if word[0] in _STARTS:
                return self._read(words)
        return Bounds(words)

    def _read(self, words: list[str]) -> Bounds:
        out: list[str] = []
        lows: list[float] = []
        highs: list[float] = []
        at = 0
        while at < len(words):
            word = words[at]
            found = self._compared(words, at, out) if word in self._comparisons else None
            if found is None and (word[0] in _STARTS or word in self._table.currencies):
                found = self._plain(words, at)
            if found is None:
                out.append(word)
                at += 1
                continue
            at, low, high = found
            if low is not None:
                lows.append(low)
            if high is not None:
                highs.append(high)
            while size := ends(self._leads, out, len(out)):
                del out[-size:]
            out.append(GAP)
        return Bounds(out, max(lows, default=None), min(highs, default=None))

    def _compared(self, words: list[str], at: int, before: list[str]) -> _Found | None:
        """Read a comparison and its amount at `at`."""
        for phrase, kind in self._comparisons[words[at]]:
            start = at + len(phrase)
            if tuple(words[at:start]) != phrase:
                continue
            amount = self._amount(words, start, between=kind == "between")
            if amount is not None and (
                amount.marked or self._bare_price(words, amount.end, kind, before)
            ):
                return _Found(amount.end, *_bounds(kind, amount))
        return None

    def _bare_price(self, words: list[str], end: int, kind: Kind, before: list[str]) -> bool:
        if kind in {"around", "budget"} or (
            before and (before[-1] == GAP or before[-1] in self._table.not_after)
        ):
            return False
        follows = words[end] if end < len(words) else GAP
        return follows == GAP or follows in PUNCTUATION or follows in self._table.boundary

    def _plain(self, words: list[str], at: int) -> _Found | None:
        """Read an amount with a currency that is a range or says "or less", "and up"."""
        amount = self._amount(words, at, between=False)
        if amount is None or not amount.marked:
            return None
        end = amount.end
        if amount.low < amount.high:
            return _Found(end, amount.low, amount.high)
        below = starts(self._max_after, words, end) if end < len(words) else 0
        if below:
            return _Found(end + below, None, amount.high)
        above = starts(self._min_after, words, end) if end < len(words) else 0
        return _Found(end + above, amount.low, None) if above or amount.plus else None

    def _amount(self, words: list[str], at: int, *, between: bool) -> _Amount | None:
        """Read an amount or a range of two; `between` demands a range."""
        first = self._one(words, at)
        if first is None:
            return None
        if first.low < first.high:
            return first
        end = first.end
        join = end < len(words) and (
            words[end] in self._joins if between else words[end] in self._table.joins
        )
        second = self._one(words, end + 1) if join else None
        if second is None or not (between or first.marked or second.marked):
            return None if between else first
        low, high = sorted((first.low, second.high))
        return _Amount(second.end, low, high, first.marked or second.marked, plus=False)

    def _one(self, words: list[str], at: int) -> _Amount | None:
        """Read "$20", "20 dollars", "usd 20", "$10-$20" or "10-20 dollars"."""
        if at >= len(words):
            return None
        leading = words[at] in self._table.currencies
        at += leading
        if at >= len(words):
            return None
        parts = words[at].split("-")
        found = [_AMOUNT.fullmatch(part) for part in parts]
        if len(found) > 2 or not all(found):
            return None
        values: list[float] = []
        marked = leading
        plus = False
        for match in found:
            if match is None:
                return None
            sign = bool(match[1] or match[5])
            if match[4] and not sign:
                return None
            value = float(match[2].replace(",", "") + "." + (match[3] or "0"))
            values.append(value * 1000 if match[4] else value)
            marked = marked or sign
            plus = plus or bool(match[6])
        at += 1
        if at < len(words) and not leading and words[at] in self._table.currencies:
            marked = True
            at += 1
        return _Amount(at, min(values), max(values), marked, plus)


def _bounds(kind: Kind, amount: _Amount) -> tuple[float | None, float | None]:
    if kind == "min":
        return amount.low, None
    if kind == "around":
        return round(amount.low * (1 - AROUND), 2), round(amount.high * (1 + AROUND), 2)
    if kind == "between" or amount.low < amount.high:
        return amount.low, amount.high
    return None, amount.high
