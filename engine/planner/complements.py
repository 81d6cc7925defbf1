"""Needs that come from what goes with a product the shopper names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from goeswith.engine.gate.gate import Gate
from goeswith.engine.kinds import Kinds
from goeswith.engine.model import Edge, Relation, TypePath
from goeswith.engine.proposer.behaviour import BehaviourProposer
from goeswith.engine.proposer.curated import CuratedProposer
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.proposer.merge import merge

COMPLEMENTS = frozenset(
    {
        Relation.REQUIRED_PART,
        Relation.ACCESSORY,
        Relation.PART_OF_SET,
        Relation.OFTEN_BOUGHT_WITH,
        Relation.COMPATIBLE_WITH,
    }
)
NEIGHBOURS = 40


class Complements:
    """Finds what goes with a set of anchor types."""

    def __init__(
        self,
        types: Sequence[TypePath],
        kinds: Kinds,
        behaviour: BehaviourProposer,
        curated: CuratedProposer,
        known: KnownEdges,
    ) -> None:
        self._types = types
        self._kinds = kinds
        self._behaviour = behaviour
        self._curated = curated
        self._known = known

    def edges(
        self, anchors: Sequence[int], relations: Collection[Relation], gate: Gate
    ) -> tuple[list[Edge], list[Edge]]:
        """Return accepted and refused edges from the anchor types to other types."""
        proposals = self._curated.type_relations(anchors, relations)
        proposals += self._known.type_relations(anchors, relations)
        if Relation.OFTEN_BOUGHT_WITH in relations:
            proposals += self._behaviour.type_relations(anchors, NEIGHBOURS)
        inside = set(anchors)
        outward = [p for p in proposals if p.target.ref not in inside]
        return gate.judge(merge(outward, self._behaviour.between_types))
