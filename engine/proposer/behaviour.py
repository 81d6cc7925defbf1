"""Proposes what shoppers bought together, between types and between products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from goeswith.engine.behaviour import Behaviour, PairCounts
from goeswith.engine.gate.confidence import score_of_lift
from goeswith.engine.gate.share import share_low
from goeswith.engine.graph.proposal import End, Proposal, type_end
from goeswith.engine.model import COMPLETES, Evidence, Relation, TypePath

NEIGHBOURS = 40
"""Types looked at for what goes with a type."""

CORROBORATES = 1.1
"""A significant lift with this lower bound carries no edge, and adds to what others say."""


class BehaviourProposer:
    """Turns pair counts into proposals. Counts that were looked up are remembered."""

    def __init__(self, behaviour: Behaviour, types: Sequence[TypePath]) -> None:
        self._behaviour = behaviour
        self._types = types
        self.type_pair = lru_cache(maxsize=65_536)(behaviour.type_pair)
        self.sku_pair = lru_cache(maxsize=65_536)(behaviour.sku_pair)
        self._near = lru_cache(maxsize=4096)(self._neighbours)

    def type_relations(self, anchors: Iterable[int], limit: int) -> list[Proposal]:
        """Propose `often_bought_with` from each anchor type to its best `limit` neighbours."""
        found = []
        for anchor in anchors:
            source = type_end(anchor, self._types[anchor])
            near = self._behaviour.type_neighbours(anchor)
            for type_id in near.ids[near.significant][:limit].tolist():
                evidence = self.between_types(anchor, type_id)
                if evidence is not None and self.type_pair(anchor, type_id).verdict == "supports":
                    target = type_end(type_id, self._types[type_id])
                    found.append(Proposal(source, target, Relation.OFTEN_BOUGHT_WITH, (evidence,)))
        return found

    def completing(self, held: Iterable[int], min_share: float, min_baskets: int) -> list[Proposal]:
        """Propose `part_of_set` toward the types that baskets with the held ones have too.

        A type completes several held ones as well as the one it completes least: its share is the
        minimum over them, and the proposal comes from that one. The highest shares come first.

        Args:
            held: types in the basket.
            min_share: a type is not proposed where the share's lower bound, in 0..1, is below it.
            min_baskets: a held type that fewer baskets have says nothing.
        """
        bought = self._behaviour.type_popularity
        sources = [t for t in sorted(set(held)) if t >= 0 and bought[t] >= min_baskets]
        if not sources:
            return []
        shares = np.zeros((len(sources), len(bought)))
        for row, source in enumerate(sources):
            near = self._behaviour.type_neighbours(source)
            shares[row, near.ids] = near.support / bought[source]
        least, weakest = shares.min(axis=0), shares.argmin(axis=0)
        least[list(set(held))] = 0.0
        found = []
        for type_id in np.argsort(-least, kind="stable").tolist():
            if least[type_id] < min_share:
                break
            source = sources[int(weakest[type_id])]
            pair = self.type_pair(source, type_id)
            if share_low(pair) >= min_share:
                ends = [type_end(t, self._types[t]) for t in (source, type_id)]
                evidence = (self._completing(pair),)
                found.append(Proposal(ends[0], ends[1], Relation.PART_OF_SET, evidence))
        return found

    def between_types(self, a: int, b: int) -> Evidence | None:
        """Return what the baskets say about two types, None when they say nothing."""
        return self._evidence(self.type_pair(a, b), "baskets/types")

    def between_products(self, source: End, target: End) -> Proposal | None:
        """Propose that two products are bought together, when significantly many baskets say so."""
        if target.ref not in self._near(source.ref):
            return None
        pair = self.sku_pair(source.ref, target.ref)
        evidence = self._evidence(pair, "baskets/products")
        if evidence is None or pair.verdict != "supports":
            return None
        return Proposal(source, target, Relation.OFTEN_BOUGHT_WITH, (evidence,))

    def _completing(self, pair: PairCounts) -> Evidence:
        return Evidence(
            kind="behaviour",
            polarity="supports",
            score=round(min(0.99, share_low(pair)), 4),
            reference=COMPLETES,
            version=self._behaviour.digest[:12],
            support=pair.support,
            exposure=pair.left,
            expected=round(pair.expected, 2),
            lift=round(pair.lift, 2),
            window=self._behaviour.days,
        )

    def _neighbours(self, row: int) -> frozenset[int]:
        return frozenset(self._behaviour.sku_neighbours(row).ids.tolist())

    def _evidence(self, pair: PairCounts, reference: str) -> Evidence | None:
        supports = pair.verdict == "supports" or (pair.significant and pair.lift_low > CORROBORATES)
        if pair.verdict == "unknown" and not supports:
            return None
        return Evidence(
            kind="behaviour",
            polarity="supports" if supports else "contradicts",
            score=score_of_lift(pair.lift_low) if supports else 0.5,
            reference=reference,
            version=self._behaviour.digest[:12],
            support=pair.support,
            exposure=self._behaviour.baskets,
            expected=round(pair.expected, 2),
            lift=round(pair.lift, 2),
            window=self._behaviour.days,
        )
