"""Stage 1: the edge is well formed and its ends exist."""

from __future__ import annotations

from goeswith.engine.gate.gate import Objection
from goeswith.engine.gate.policy import Demand
from goeswith.engine.graph.proposal import End, Proposal
from goeswith.engine.model import Evidence


class FormCheck:
    """Refuses unknown ends, self-loops, missing evidence and evidence of the wrong kind.

    Args:
        products: number of products in the snapshot.
        types: number of product types in the snapshot.
    """

    name = "form"

    def __init__(self, products: int, types: int) -> None:
        self._size = {"product": products, "type": types}

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        """Return the first flaw in the proposal's form."""
        source, target = proposal.source, proposal.target
        if source.id == target.id:
            return Objection("self_loop", f"{source.label} would point to itself")
        if f"{source.kind}>{target.kind}" not in demand.ends:
            return Objection("wrong_ends", f"{source.kind} to {target.kind} is not allowed")
        for end in (source, target):
            if not self._exists(end):
                return Objection("unknown_end", f"{end.id} is not in the catalog")
        return _flaw_of(proposal.evidence, demand)

    def _exists(self, end: End) -> bool:
        if end.kind == "type" and not end.label:
            return False  # Products that were given no type are no kind of product.
        return end.kind == "need" or 0 <= end.ref < self._size[end.kind]


def _flaw_of(evidence: tuple[Evidence, ...], demand: Demand) -> Objection | None:
    """Return what is wrong with the evidence. A loop: this runs for every edge there is."""
    supports = carries = False
    for item in evidence:
        if not 0.0 <= item.score <= 1.0:
            return Objection("bad_score", "an evidence score is outside 0 to 1")
        if item.polarity == "supports":
            supports = True
            carries = carries or item.kind in demand.evidence
    if not supports:
        return Objection("no_evidence", "nothing supports this edge")
    if not carries:
        kinds = sorted({item.kind for item in evidence if item.polarity == "supports"})
        return Objection("wrong_evidence", f"{', '.join(kinds)} cannot carry it alone")
    return None
