"""One proposal for each pair of ends: what several proposers say about a pair is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from goeswith.engine.gate.confidence import confidence
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.model import Evidence, Relation

RANKING = (
    Relation.REQUIRED_PART,
    Relation.COMPATIBLE_WITH,
    Relation.ACCESSORY,
    Relation.PART_OF_SET,
    Relation.SUBSTITUTE,
    Relation.OFTEN_BOUGHT_WITH,
)
"""Relations from the one that tells most to the one that tells least."""


def merge(
    proposals: Iterable[Proposal], behaviour: Callable[[int, int], Evidence | None]
) -> list[Proposal]:
    """Join the proposals between the same types, keeping the relation that tells most.

    Of each kind of evidence the strongest counts, once.

    Args:
        proposals: between types. Of those that tell as much the best proven one gives the reason;
            order decides ties.
        behaviour: what the baskets say about two types, so that a curated relation carries the
            evidence for and against it too.
    """
    by_ends: dict[tuple[str, str], list[Proposal]] = {}
    for proposal in proposals:
        by_ends.setdefault((proposal.source.id, proposal.target.id), []).append(proposal)
    return [_joined(group, behaviour) for group in by_ends.values()]


def _joined(group: list[Proposal], behaviour: Callable[[int, int], Evidence | None]) -> Proposal:
    leader = min(group, key=lambda p: (_rank(p), -confidence(p.evidence)))
    evidence: dict[tuple[str, str], Evidence] = {}
    for proposal in (leader, *group):
        for item in proposal.evidence:
            known = evidence.setdefault((item.kind, item.polarity), item)
            if item.score > known.score:
                evidence[item.kind, item.polarity] = item
    seen = behaviour(leader.source.ref, leader.target.ref)
    if seen is not None:
        evidence = {k: item for k, item in evidence.items() if k[0] != "behaviour"}
        evidence["behaviour", seen.polarity] = seen
    reason = leader.reason or next((p.reason for p in group if p.reason), "")
    return msgspec.structs.replace(leader, evidence=tuple(evidence.values()), reason=reason)


def _rank(proposal: Proposal) -> int:
    told = proposal.relation in RANKING
    return RANKING.index(proposal.relation) if told else len(RANKING)
