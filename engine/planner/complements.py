"""Needs that come from what goes with a product the shopper names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Edge, Relation
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
        self._rules = RuleProposer(shop)
        self._known = known

    def edges(
        self, anchors: Sequence[int], relations: Collection[Relation], gate: Gate
    ) -> tuple[list[Edge], list[Edge]]:
        """Return accepted and refused edges from the anchor types to other types.

        What is said of a pair may be refused although baskets speak for it: then the baskets are
        heard alone.
        """
        inside = set(anchors)
        said = self._curated.type_relations(anchors, relations)
        said += self._known.type_relations(anchors, relations)
        if Relation.COMPATIBLE_WITH in relations:
            said += self._rules.type_relations(anchors)
        bought: list[Proposal] = []
        if Relation.OFTEN_BOUGHT_WITH in relations:
            bought = self._behaviour.type_relations(anchors, NEIGHBOURS)
        outward = [p for p in (*said, *bought) if p.target.ref not in inside]
        accepted, refused = gate.judge(merge(outward, self._behaviour.between_types))
        lost = {(edge.source, edge.target) for edge in refused if edge.relation is not _BOUGHT}
        alone = [p for p in bought if (p.source.id, p.target.id) in lost]
        if alone:
            more, again = gate.judge(alone)
            accepted, refused = [*accepted, *more], [*refused, *again]
        return accepted, refused
