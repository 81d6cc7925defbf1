"""How needs stand to each other by their types: what is known already, and what is a gap.

In order: the edge store, behaviour, attributes, curated knowledge. Only where none of them says
anything, and nobody was asked before, is a pair of types a gap that a model may fill.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.outline import Brief
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import COMPLEMENTS, Edge, Relation
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.proposer.merge import RANKING, merge

BEST = 3
"""Types of a need that are related to those of another; the rest say little of it."""

ASKED = 2
"""Types on either side of a gap that a model is asked about."""

UNTOLD = 0.5
"""Share that is left to a type that nothing relates where something relates another."""

Pair = tuple[int, int]


class Bond(NamedTuple):
    """How a need stands to one it depends on: accepted and refused edges, and the relation."""

    edges: list[Edge]
    refused: list[Edge]
    relation: Relation | None


class Settler:
    """Settles dependencies over one snapshot.

    Args:
        shop: what is known without a model.
        known: what was settled before.
    """

    def __init__(self, shop: Shop, known: KnownEdges) -> None:
        self._shop = shop
        self._known = known

    def bond(self, parent: Brief, brief: Brief, gate: Gate, heard: Iterable[Proposal] = ()) -> Bond:
        """Return how `brief` stands to `parent`, with what a model said for this question.

        Where only edges that run from the brief to its parent are known, those are returned, and
        the relation says no more than that both are wanted together.
        """
        heads, tails = parent.type_ids[:BEST], brief.type_ids[:BEST]
        said = tuple(heard)
        useful, refused = self._judged([*self._seen(heads, tails), *said], heads, tails, gate)
        relation = None
        if any(self._shop.compatibility.has_rule(a, b) for a in heads[:1] for b in tails[:1]):
            relation = Relation.COMPATIBLE_WITH
        elif useful:
            relation = min((edge.relation for edge in useful), key=RANKING.index)
        else:
            # A card waits for no camera, yet a camera needs a card: they belong together.
            useful, against = self._judged(said, tails, heads, gate)
            refused += against
            relation = Relation.OFTEN_BOUGHT_WITH if useful else None
        return Bond(useful, refused, relation)

    def gap(self, parent: Brief, brief: Brief) -> list[Pair]:
        """Return the pairs worth asking about, the best types first.

        What baskets contradict is settled, and so is what this model was asked in vain, whichever
        end it was asked from: it may name either direction.
        """
        heads, tails = parent.type_ids[:ASKED], brief.type_ids[:ASKED]
        asked = {frozenset(pair) for pair in self._known.refused({*heads, *tails})}
        pair = self._shop.behaviour_proposer.type_pair
        return [
            (a, b)
            for a in heads
            for b in tails
            if a != b and frozenset((a, b)) not in asked and pair(a, b).verdict != "contradicts"
        ]

    def _judged(
        self, said: Iterable[Proposal], heads: Sequence[int], tails: Sequence[int], gate: Gate
    ) -> tuple[list[Edge], list[Edge]]:
        """Return accepted edges of things that go together, from heads to tails, and refused."""
        proposals = [
            p
            for p in (*self._told(heads), *said)
            if p.source.ref in heads and p.target.ref in tails and p.source.ref != p.target.ref
        ]
        accepted, refused = gate.judge(
            merge(proposals, self._shop.behaviour_proposer.between_types)
        )
        return [edge for edge in accepted if edge.relation in COMPLEMENTS], refused

    def _told(self, heads: Sequence[int]) -> list[Proposal]:
        return [
            *self._known.type_relations(heads, COMPLEMENTS),
            *self._shop.curated_proposer.type_relations(heads, COMPLEMENTS),
        ]

    def _seen(self, heads: Sequence[int], tails: Sequence[int]) -> list[Proposal]:
        shop = self._shop
        found = []
        for a in heads:
            for b in tails:
                seen = shop.behaviour_proposer.between_types(a, b)
                if seen is not None and seen.polarity == "supports":
                    source, target = (type_end(t, shop.catalog.types[t]) for t in (a, b))
                    found.append(Proposal(source, target, Relation.OFTEN_BOUGHT_WITH, (seen,)))
        return found


def bound(brief: Brief, bonds: Sequence[tuple[str, Bond]], kinds: Kinds) -> Brief:
    """Return a brief that knows how it stands to the needs it depends on, by their ids.

    Where edges between types say so, types without one count less for the need.
    """
    edges = [edge for _, bond in bonds for edge in bond.edges]
    relations = tuple((need, bond.relation) for need, bond in bonds if bond.relation is not None)
    lead = max(edges, key=lambda e: (e.confidence, e.id), default=None)
    names = [kinds.node_id(kind) for kind in brief.type_ids]
    told = {edge.target if edge.target in names else edge.source for edge in edges}
    shares = brief.shares or (1.0,) * len(brief.type_ids)
    if told:
        shares = tuple(
            share if name in told else round(UNTOLD * share, 4)
            for name, share in zip(names, shares, strict=True)
        )
    return msgspec.structs.replace(
        brief,
        shares=shares,
        edges=tuple({edge.id: edge for edge in edges}.values()),
        relations=relations,
        reason=brief.reason or (lead.why if lead else ""),
    )
