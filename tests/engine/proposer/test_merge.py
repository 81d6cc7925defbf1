"""What several proposers say about a pair is put together."""

from __future__ import annotations

from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.model import Evidence, Relation
from goeswith.engine.proposer.merge import merge

CAKE, ICING, TEA = (type_end(n, (name,)) for n, name in enumerate(("Cake", "Icing", "Tea")))
CURATED = Evidence("curated", "supports", 0.7, "pack/x", "1")
BOUGHT = Evidence("behaviour", "supports", 0.9, "baskets/types", "1", support=9)
SHUNNED = Evidence("behaviour", "contradicts", 0.5, "baskets/types", "1")


def silent(_a: int, _b: int) -> None:
    return None


def test_the_relation_that_tells_most_leads() -> None:
    often = Proposal(CAKE, ICING, Relation.OFTEN_BOUGHT_WITH, (BOUGHT,))
    accessory = Proposal(CAKE, ICING, Relation.ACCESSORY, (CURATED,), "It covers the cake.")
    for order in ([often, accessory], [accessory, often]):
        (joined,) = merge(order, silent)
        assert joined.relation is Relation.ACCESSORY
        assert joined.reason == "It covers the cake."
        assert {item.kind for item in joined.evidence} == {"curated", "behaviour"}


def test_pairs_and_directions_stay_apart() -> None:
    proposals = [
        Proposal(CAKE, ICING, Relation.ACCESSORY, (CURATED,)),
        Proposal(ICING, CAKE, Relation.ACCESSORY, (CURATED,)),
        Proposal(CAKE, TEA, Relation.ACCESSORY, (CURATED,)),
    ]
    assert merge(proposals, silent) == proposals


def test_what_the_baskets_say_against_it_is_added() -> None:
    proposal = Proposal(CAKE, TEA, Relation.ACCESSORY, (CURATED,))
    (joined,) = merge([proposal], lambda _a, _b: SHUNNED)
    assert joined.evidence == (CURATED, SHUNNED)


def test_evidence_of_one_kind_counts_once() -> None:
    twice = [Proposal(CAKE, TEA, Relation.ACCESSORY, (CURATED,)) for _ in range(2)]
    (joined,) = merge(twice, silent)
    assert joined.evidence == (CURATED,)
