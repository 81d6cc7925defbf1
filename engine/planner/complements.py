"""Needs that come from what goes with a product the shopper names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Edge, Evidence, Relation
from goeswith.engine.proposer.behaviour import NEIGHBOURS
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.proposer.merge import merge
from goeswith.engine.proposer.rules import RuleProposer

_BOUGHT = Relation.OFTEN_BOUGHT_WITH


class Complements:
    """Finds what goes with a set of anchor types."""

    def __init__(self, shop: Shop, known: KnownEdges) -> None:
        self._behaviour = shop.behaviour_proposer
        self._curated = shop.curated_proposer
        self._kinds = shop.kinds
        self._rules = RuleProposer(shop)
        self._known = known

    def edges(
        self,
        anchors: Sequence[int],
        relations: Collection[Relation],
        gate: Gate,
        held: Sequence[int] = (),
    ) -> tuple[list[Edge], list[Edge]]:
        """Return accepted and refused edges from the anchor types to other types.

        What is said of a pair may be refused although baskets speak for it: then the baskets are
        heard alone.

        Args:
            anchors: types that the question is about.
            relations: the relations that are wanted.
            gate: judges what is proposed.
            held: types in the basket. What completes the basket is among the edges.
        """
        inside = set(anchors)
        said = self._curated.type_relations(anchors, relations)
        said += self._known.type_relations(anchors, relations)
        if Relation.COMPATIBLE_WITH in relations:
            said += self._rules.type_relations(anchors)
        bought: list[Proposal] = []
        if Relation.OFTEN_BOUGHT_WITH in relations:
            bought = self._behaviour.type_relations(anchors, NEIGHBOURS)
        completing = self._completing(held, relations, gate)
        shares = {(p.source.ref, p.target.ref): p.evidence[0] for p in completing}

        def of_baskets(a: int, b: int) -> Evidence | None:
            return shares.get((a, b)) or self._behaviour.between_types(a, b)

        bought += completing
        outward = [p for p in (*said, *bought) if p.target.ref not in inside]
        accepted, refused = gate.judge(merge(outward, of_baskets))
        lost = {(edge.source, edge.target, edge.relation) for edge in refused}
        pairs = {(source, target) for source, target, relation in lost if relation is not _BOUGHT}
        alone = [
            p
            for p in bought
            if (p.source.id, p.target.id) in pairs
            and (p.source.id, p.target.id, p.relation) not in lost
        ]
        if alone:
            more, again = gate.judge(merge(alone, of_baskets))
            accepted, refused = [*accepted, *more], [*refused, *again]
        return accepted, refused

    def shares(self, held: Sequence[int], gate: Gate) -> dict[str, float]:
        """Return the kinds that complete a basket with their shares, by node id."""
        accepted, _ = gate.judge(self._completing(held, {Relation.PART_OF_SET}, gate))
        return {
            edge.target: max((item.share for item in edge.evidence), default=0.0)
            for edge in accepted
        }

    def _completing(
        self, held: Sequence[int], relations: Collection[Relation], gate: Gate
    ) -> list[Proposal]:
        demand = gate.demand(Relation.PART_OF_SET)
        if not held or demand is None or Relation.PART_OF_SET not in relations:
            return []
        found = self._behaviour.completing(held, demand.min_share, demand.min_baskets)
        does = self._kinds.same_function
        return [p for p in found if not any(does(p.target.ref, had) for had in held)]
