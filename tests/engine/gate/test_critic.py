"""A model's word needs a critic's signature; attributes and curation need none."""

from __future__ import annotations

import pytest

from goeswith.engine.gate.confidence import confidence
from goeswith.engine.gate.critic import NOT_JUDGED, SIGNED, CriticCheck
from goeswith.engine.gate.judging import SIGNED_SCORES, criticised, judge_asks
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.model import Evidence, EvidenceKind, Relation
from goeswith.engine.proposer.lm import SAID, SAID_SCORE
from goeswith.prompts import Failed
from goeswith.prompts.judge import Judged, Judgement

A, B = type_end(0, ("Optics", "Binoculars")), type_end(1, ("Accessories", "Tripods"))
CLAIM = Evidence("lm", "supports", SAID_SCORE, SAID, "1")


def proposal(*evidence: Evidence, relation: Relation = Relation.ACCESSORY) -> Proposal:
    return Proposal(A, B, relation, evidence, "Support stops the shaking.")


def reason(told: Proposal) -> str:
    objection = CriticCheck().object_to(told, load_policy().relation[told.relation])
    return objection.reason if objection else ""


def scored(score: int) -> Proposal:
    [told] = criticised([proposal(CLAIM)], [Judged((Judgement("0", score, ()),))], "1")
    return told


def test_a_claim_alone_is_refused() -> None:
    assert reason(proposal(CLAIM)) == NOT_JUDGED


@pytest.mark.parametrize("score", range(6, 11))
def test_a_signed_claim_may_pass(score: int) -> None:
    told = scored(score)
    assert reason(told) == ""
    assert [item.reference for item in told.evidence] == [f"{SIGNED}{score}"]
    assert confidence(told.evidence) == SIGNED_SCORES[score]


@pytest.mark.parametrize("score", range(1, 6))
def test_a_refused_claim_is_refused_whatever_else_speaks_for_it(score: int) -> None:
    told = scored(score)
    curated = Evidence("curated", "supports", 0.75, "pack/x", "1")
    assert reason(told) == "critic_refused"
    assert reason(proposal(*told.evidence, curated)) == "critic_refused"


@pytest.mark.parametrize(("kind", "refused"), [("curated", ""), ("attribute", "")])
def test_what_carries_the_relation_needs_no_critic(kind: EvidenceKind, refused: str) -> None:
    assert reason(proposal(CLAIM, Evidence(kind, "supports", 0.75, "x", "1"))) == refused


def test_baskets_make_no_part_of_a_claim() -> None:
    bought = Evidence("behaviour", "supports", 0.8, "baskets/types", "1")
    assert reason(proposal(CLAIM, bought, relation=Relation.REQUIRED_PART)) == NOT_JUDGED
    assert reason(proposal(CLAIM, bought, relation=Relation.OFTEN_BOUGHT_WITH)) == ""


def test_edges_without_a_model_are_none_of_the_critics_business() -> None:
    assert reason(proposal(Evidence("curated", "supports", 0.75, "pack/x", "1"))) == ""


def test_a_critic_that_fails_signs_nothing() -> None:
    claims = [proposal(CLAIM)]
    assert criticised(claims, [Failed("timeout")], "1") == claims


def test_claims_are_judged_in_as_few_calls_as_there_can_be() -> None:
    assert [len(ask.about.claims) for ask in judge_asks([proposal(CLAIM)] * 65)] == [30, 30, 5]
    assert judge_asks([]) == []
