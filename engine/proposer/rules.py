"""Proposes kinds of product that a compatibility rule relates: what fits is decided per product."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.model import Evidence, Relation
from goeswith.engine.proposer.facts import Facts
from goeswith.engine.proposer.fit import KINDS_SCORE


class RuleProposer:
    """Turns rules into proposals between types, from the kind that others are fitted to."""

    def __init__(self, shop: Facts) -> None:
        self._shop = shop
        self._right_of = lru_cache(maxsize=4096)(shop.compatibility.right_of)

    def type_relations(self, anchors: Iterable[int]) -> list[Proposal]:
        """Propose `compatible_with` from each anchor type to the kinds that are fitted to it."""
        types, version = self._shop.catalog.types, self._shop.pack.version
        return [
            Proposal(
                type_end(anchor, types[anchor]),
                type_end(other, types[other]),
                Relation.COMPATIBLE_WITH,
                (Evidence("curated", "supports", KINDS_SCORE, f"rule/{rules[0]}", version),),
            )
            for anchor in anchors
            for other, rules in self._right_of(anchor)
        ]
