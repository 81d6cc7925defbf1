"""Stage 4: what shoppers did speaks for or against the edge. Absence is unknown, never against."""

from __future__ import annotations

from collections.abc import Callable

from goeswith.engine.behaviour import PairCounts
from goeswith.engine.gate.gate import Objection
from goeswith.engine.gate.policy import Demand
from goeswith.engine.gate.share import share_low
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.model import Relation

Lookup = Callable[[int, int], PairCounts]

_COMPLEMENTS = {
    Relation.OFTEN_BOUGHT_WITH,
    Relation.ACCESSORY,
    Relation.REQUIRED_PART,
    Relation.PART_OF_SET,
}


class BehaviourCheck:
    """Refuses complements that shoppers had ample chance to buy together and did not.

    An edge that only behaviour supports must also be significant and reach the policy's lift, or
    complete enough baskets where the policy lets a share stand in for lift.

    Args:
        type_pair: what the baskets say about two type ids.
        sku_pair: what the baskets say about two catalog rows.
    """

    name = "behaviour"

    def __init__(self, type_pair: Lookup, sku_pair: Lookup) -> None:
        self._type_pair = type_pair
        self._sku_pair = sku_pair

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        """Return what the baskets say against a complement."""
        if proposal.relation not in _COMPLEMENTS:
            return None
        pair = self._pair(proposal)
        if pair is None:
            return None
        if pair.verdict == "contradicts":
            return Objection(
                "not_bought_together",
                f"bought together {pair.support} times where chance gives {pair.expected:.0f}",
            )
        supporting = {item.kind for item in proposal.evidence if item.polarity == "supports"}
        if supporting == {"behaviour"} and not _completes(pair, demand):
            if pair.verdict != "supports":
                return Objection("not_significant", f"{pair.support} joint purchases prove nothing")
            if pair.lift_low < demand.min_lift:
                return Objection(
                    "weak_lift", f"at least {pair.lift_low:.1f} times chance is too little"
                )
        return None

    def _pair(self, proposal: Proposal) -> PairCounts | None:
        source, target = proposal.source, proposal.target
        if source.kind == target.kind == "type":
            return self._type_pair(source.ref, target.ref)
        if source.kind == target.kind == "product":
            return self._sku_pair(source.ref, target.ref)
        return None


def _completes(pair: PairCounts, demand: Demand) -> bool:
    if demand.min_share > 1.0 or pair.left < demand.min_baskets:
        return False
    return share_low(pair) >= demand.min_share
