"""Figures of single answers that need no grades: how varied a list is, what later baskets deny."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

from goeswith.engine.model import TypePath
from goeswith.eval.model import Asked, Given, Grades, Question
from goeswith.eval.stand import Stand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goeswith.engine.behaviour import Behaviour

TOP = 10
EXPECTED = 3.0
"""Joint baskets that chance alone gives two types which baskets can tell apart from none."""


class Diversity:
    """Share of pairs among the first items whose categories differ, 0..1.

    The category is the first name of the type's path. A list of one item has none.
    """

    name = f"diversity@{TOP}"
    more = True

    def of(self, question: Question, grades: Grades, given: Given, stand: Stand) -> float:
        """See `Measure.of`."""
        kinds = [_category(item, question.asked, stand) for item in given.items[:TOP]]
        pairs = list(combinations(kinds, 2))
        return sum(a != b for a, b in pairs) / len(pairs) if pairs else math.nan


class Unsupported:
    """Share of the first items that later baskets do not bear out, where they could have, 0..1.

    Baskets that were not learnt from bear an item out when it is significantly bought with the type
    asked about. They could have when chance alone would have brought the two together at least
    three times; where they met too rarely nobody can say, and the item does not count.

    Args:
        later: mined from the baskets that decide.
        type_ids: of types by name.
        anchors: the type asked about, by question id.
    """

    name = f"unsupported@{TOP}"
    more = False

    def __init__(
        self, later: Behaviour, type_ids: Mapping[str, int], anchors: Mapping[str, int]
    ) -> None:
        self._later = later
        self._type_ids = type_ids
        self._anchors = anchors

    def of(self, question: Question, grades: Grades, given: Given, stand: Stand) -> float:
        """See `Measure.of`."""
        anchor = self._anchors[question.asked.id]
        pairs = [
            self._later.type_pair(anchor, self._type_ids[item])
            for item in given.items[:TOP]
            if item in self._type_ids
        ]
        borne = sum(pair.verdict == "supports" for pair in pairs)
        denied = sum(pair.verdict != "supports" and pair.expected >= EXPECTED for pair in pairs)
        return denied / (borne + denied) if borne + denied else math.nan


def _category(item: str, asked: Asked, stand: Stand) -> str:
    if asked.wants == "type":
        return item.partition(" > ")[0]
    catalog = stand.shop.catalog
    row = catalog.row(item)
    path: TypePath = () if row is None else catalog.types[int(catalog.type_of[row])]
    return path[0] if path else item
