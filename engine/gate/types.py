"""Stage 2: rules between product types."""

from __future__ import annotations

from goeswith.engine.gate.confidence import lift_of_score
from goeswith.engine.gate.gate import Objection
from goeswith.engine.gate.policy import Demand
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.meaning.grounding import Grounding
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.meaning.mention import Mentions
from goeswith.engine.model import Relation

SURE = 0.3
"""Curated relations whose phrases match this shop's types less well contradict nothing."""

_ONE_WAY = {Relation.ACCESSORY, Relation.REQUIRED_PART}


class TypeCheck:
    """Refuses complements that do the same job, substitutes that do not, and reversed accessories.

    Baskets overrule both where the policy lets them: two flavours that are bought together far more
    often than chance go together, whatever their names say.

    The policy says which evidence overrules the comparison of their names: somebody wrote down that
    hamburger and hot dog buns are bought for the same barbecue.

    Args:
        kinds: compares types.
        grounding: curated relations between types, used to see directions and contradictions.
        mentions: tells the thing a phrase names from what that thing is for.
    """

    name = "types"

    def __init__(self, kinds: Kinds, grounding: Grounding, mentions: Mentions) -> None:
        self._kinds = kinds
        self._mentions = mentions
        self._grounding = grounding

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        """Return why the two types cannot stand in this relation."""
        a, b = proposal.source.type_id, proposal.target.type_id
        if proposal.relation is Relation.SATISFIES:
            return self._covers(proposal)
        if a < 0 or b < 0:
            return None
        relation = proposal.relation
        known = self._grounding.known
        own = known(a, relation, b)
        if relation in _ONE_WAY and known(b, relation, a) > own:
            return Objection("wrong_direction", f"{relation} runs the other way")
        opposite = (
            Relation.OFTEN_BOUGHT_WITH if relation is Relation.SUBSTITUTE else Relation.SUBSTITUTE
        )
        bought = _bought_together(proposal) >= demand.same_lift
        if known(a, opposite, b) > max(own, SURE) and not bought:
            return Objection("substitute_and_complement", "the pair is known as the opposite")
        if not demand.overrules.isdisjoint(item.kind for item in proposal.evidence):
            return None
        if demand.function == "different" and not bought and self._kinds.same_function(a, b):
            return Objection("same_function", "both do the same job, so one replaces the other")
        other = demand.function == "same" and not self._kinds.same_function(a, b)
        return Objection("other_function", "they do different jobs") if other else None

    def _covers(self, proposal: Proposal) -> Objection | None:
        if not self._mentions.is_for_it(proposal.target.label, proposal.source.type_id):
            return None
        return Objection("for_it_only", "it is what the thing asked for is used on")


def _bought_together(proposal: Proposal) -> float:
    """Return the lower bound of the lift that the baskets show, 0 where they show none."""
    return max(
        (
            lift_of_score(item.score)
            for item in proposal.evidence
            if item.kind == "behaviour" and item.polarity == "supports"
        ),
        default=0.0,
    )
