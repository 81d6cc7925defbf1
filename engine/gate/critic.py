"""Stage 6: an edge that rests on a model's word needs the signature of a critic.

Knows nothing of models. Who asks the critic is `goeswith.engine.gate.judging`.
"""

from __future__ import annotations

from goeswith.engine.gate.gate import Objection
from goeswith.engine.gate.policy import Demand
from goeswith.engine.graph.proposal import Proposal

SIGNED = "lm/judge/"
"""How the reference of evidence begins that a critic has judged; its score follows."""

NOT_JUDGED = "not_judged"
"""The gate's reason for refusing a claim that no critic got to see."""


class CriticCheck:
    """Refuses edges that rest on a model's word and that no critic signed.

    What an attribute or a curated relation carries needs no critic. Behaviour carries only the
    relations that the policy lets it carry: that two things are bought together does not make one
    of them a part of the other.
    """

    name = "critic"

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        """Return why a model's word is not enough."""
        said = [item for item in proposal.evidence if item.kind == "lm"]
        if not said:
            return None
        if any(item.polarity == "contradicts" for item in said):
            return Objection("critic_refused", "the critic does not sign this statement")
        supporting = {item.kind for item in proposal.evidence if item.polarity == "supports"}
        if (supporting - {"lm"}) & demand.evidence:
            return None
        if not any(item.reference.startswith(SIGNED) for item in said):
            return Objection(NOT_JUDGED, "a model claims this and no critic has judged it")
        return None
