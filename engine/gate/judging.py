"""Asks the critic: a model that judges claims, with another question than the proposer's.

The critic reads bare statements, planted false ones among them, and answers fixed questions before
it gives a score of 1 to 10. Its word becomes evidence: it lifts or sinks what the proposer said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from goeswith.engine.gate.critic import SIGNED
from goeswith.engine.gate.decoys import Decoys
from goeswith.engine.graph.proposal import End, Proposal
from goeswith.engine.lm.asking import Ask
from goeswith.engine.meaning.kinds import whole_name
from goeswith.engine.model import Evidence
from goeswith.prompts import JUDGE, ClaimAsk, Failed, JudgeAsk, Thing
from goeswith.prompts.judge import MAX_CLAIMS, PASS, Judged

SIGNED_SCORES: Mapping[int, float] = {6: 0.46, 7: 0.55, 8: 0.64, 9: 0.72, 10: 0.78}
"""Evidence score of a claim by the critic's score. Below a curated relation in all but the best
case: two answers of one model are not independent."""

DOUBT = 0.9
"""How much a critic's refusal takes away."""


def judge_asks(
    proposals: Sequence[Proposal], decoys: Decoys | None = None
) -> list[Ask[JudgeAsk, Judged]]:
    """Return the calls that judge proposals, as few as there can be.

    `decoys` plants false claims out of the shop's own types; without them, or where they know
    none, the program plants some of its own.
    """
    asks = []
    for at in range(0, len(proposals), MAX_CLAIMS):
        batch = proposals[at : at + MAX_CLAIMS]
        claims = tuple(_claim(str(at + number), p) for number, p in enumerate(batch))
        false = decoys.among(batch) if decoys is not None else []
        asks.append(Ask(JUDGE, JudgeAsk(claims, tuple(_claim("", p) for p in false))))
    return asks


def criticised(
    proposals: Sequence[Proposal], results: Iterable[Judged | Failed], version: str
) -> list[Proposal]:
    """Return the proposals with the critic's word in place of the model's unjudged one."""
    scores: dict[int, int] = {}
    for result in results:
        if not isinstance(result, Failed):
            scores.update((int(j.id), j.score) for j in result.judgements)
    return [
        _told(proposal, scores[number], version) if number in scores else proposal
        for number, proposal in enumerate(proposals)
    ]


def _told(proposal: Proposal, score: int, version: str) -> Proposal:
    reference = f"{SIGNED}{score}"
    if score < PASS:
        doubt = Evidence("lm", "contradicts", DOUBT, reference, version)
        return msgspec.structs.replace(proposal, evidence=(*proposal.evidence, doubt))
    signed = Evidence("lm", "supports", SIGNED_SCORES[score], reference, version)
    others = tuple(item for item in proposal.evidence if item.kind != "lm")
    return msgspec.structs.replace(proposal, evidence=(*others, signed))


def _claim(name: str, told: Proposal) -> ClaimAsk:
    return ClaimAsk(name, _thing(told.source), _thing(told.target), told.relation.value)


def _thing(end: End) -> Thing:
    if end.kind != "type":
        return Thing(end.id, end.label)
    path = tuple(end.id.removeprefix("type:").split(" > "))
    return Thing(end.id, whole_name(path), " > ".join(path[:-1]))
