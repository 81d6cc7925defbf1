"""Apply one compatibility rule to the attributes of two products."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from goeswith.engine.pack.schema import Accepts, Rule

Finding = Literal["accept", "reject", "unknown"]
"""What a rule says. "unknown" means an attribute is missing or unreadable, never a pass."""

_DROPPED = re.compile(r"(?<!\d)[./](?!\d)|(?<=\d)[./](?!\d)|(?<!\d)[./](?=\d)|[^\w./+]|_")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([a-z]*)")
_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_UNITS = {
    "inch": "in",
    "inches": "in",
    "millimeter": "mm",
    "millimeters": "mm",
    "millimetre": "mm",
    "millimetres": "mm",
    "volt": "v",
    "volts": "v",
    "watt": "w",
    "watts": "w",
}


def apply_rule(
    rule: Rule,
    left: Mapping[str, str],
    right: Mapping[str, str],
    accepts: Sequence[Accepts] = (),
) -> Finding:
    """Compare the attributes of a left and a right product under one rule.

    Several values are separated by "|". Case, spaces and hyphens do not count, and a unit counts
    only if both sides name one. "equal" wants the same values on both sides, "overlap" one in
    common. "accepts" wants a right value that equals a left value or is listed for it in
    `accepts`. "at_least" wants a right number no smaller than the left one, "at_most" no larger;
    where either side's number or unit cannot be told, the finding is "unknown".
    """
    ours = _values(left, rule.left_attributes)
    theirs = _values(right, rule.right_attributes)
    if not ours or not theirs:
        return "unknown"
    if rule.test in ("at_least", "at_most"):
        return _compare(rule.test, ours, theirs)
    if rule.test == "equal":
        held = _all_in(ours, theirs) and _all_in(theirs, ours)
        return "accept" if held else "reject"
    if rule.test == "accepts":
        ours = ours | _taken(rule, ours, accepts)
    return "accept" if any(_same(a, b) for a in ours for b in theirs) else "reject"


@lru_cache(maxsize=65_536)
def fold_value(value: str) -> str:
    """Return a value folded for comparison: "EF-S" and "ef s" agree, 1.5 and 15 do not."""
    plain = unicodedata.normalize("NFKC", value).casefold().strip()
    return _DROPPED.sub("", _COMMA.sub(".", plain).replace('"', "in"))


def _taken(rule: Rule, ours: frozenset[str], accepts: Sequence[Accepts]) -> frozenset[str]:
    return frozenset(
        fold_value(value)
        for table in accepts
        if table.rule == rule.id and not ours.isdisjoint(map(fold_value, table.values))
        for value in table.takes
    )


def _values(attributes: Mapping[str, str], names: Iterable[str]) -> frozenset[str]:
    for name in names:
        parts = frozenset(fold_value(part) for part in attributes.get(name, "").split("|")) - {""}
        if parts:
            return parts
    return frozenset()


def _all_in(some: frozenset[str], others: frozenset[str]) -> bool:
    return all(any(_same(a, b) for b in others) for a in some)


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    a, b = _amount(one), _amount(other)
    if a is None or b is None or a[0] != b[0]:
        return False
    return a[1] == b[1] or not a[1] or not b[1]


def _amount(value: str) -> tuple[float, str] | None:
    match = _AMOUNT.fullmatch(value)
    if match is None:
        return None
    return float(match[1]), _UNITS.get(match[2], match[2])


def _compare(test: str, ours: frozenset[str], theirs: frozenset[str]) -> Finding:
    wanted = [_amount(value) for value in ours]
    offered = [_amount(value) for value in theirs]
    if len(wanted) != 1 or len(offered) != 1 or wanted[0] is None or offered[0] is None:
        return "unknown"
    (asked, asked_unit), (given, given_unit) = wanted[0], offered[0]
    if asked_unit and given_unit and asked_unit != given_unit:
        return "unknown"
    held = given >= asked if test == "at_least" else given <= asked
    return "accept" if held else "reject"
