"""Reasons in words, with numbers a shopper can check."""

from __future__ import annotations

import pytest

from goeswith.engine.explain import edge_why, numbers, product_why
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.model import Edge, Evidence, Relation, Verdict

CAKE, ICING = type_end(0, ("cake mix",)), type_end(1, ("frosting",))


def bought(support: int, lift: float, polarity: str = "supports") -> Evidence:
    return Evidence("behaviour", polarity, 0.9, "b", "1", support=support, lift=lift)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (bought(1189, 49.2), ["Bought together 1,189 times, 49 times more than chance."]),
        (bought(22, 2.34), ["Bought together 22 times, 2.3 times more than chance."]),
        (bought(1, 10.0), ["Bought together once, 10 times more than chance."]),
        (bought(5, 1.01), ["Bought together 5 times, about as often as chance."]),
        (bought(5, 0.2, "contradicts"), []),
        (bought(0, 0.0), []),
        (Evidence("curated", "supports", 0.9, "p", "1", support=3), []),
    ],
)
def test_numbers(evidence: Evidence, told: list[str]) -> None:
    assert numbers([evidence]) == told


def test_a_given_reason_comes_before_the_numbers() -> None:
    edge = Proposal(
        CAKE, ICING, Relation.OFTEN_BOUGHT_WITH, (bought(1189, 49.2),), "It covers the cake."
    )
    assert edge_why(edge) == (
        "It covers the cake. Bought together 1,189 times, 49 times more than chance."
    )


@pytest.mark.parametrize("relation", list(Relation))
def test_every_relation_can_be_told_in_words(relation: Relation) -> None:
    told = edge_why(Proposal(CAKE, ICING, relation, ()))
    assert told.endswith(".")
    assert "Frosting" in told
    assert "{" not in told


def test_braces_in_a_name_are_no_template() -> None:
    odd = type_end(2, ("{0} {source} %s",))
    assert "{0} {source} %s" in edge_why(Proposal(odd, CAKE, Relation.ACCESSORY, ()))


def edge(relation: Relation, why: str, *evidence: Evidence) -> Edge:
    return Edge("e", "sku:a", "sku:b", relation, 0.9, why, evidence, Verdict(True, ("form",)))


def test_a_product_tells_its_need_and_what_speaks_for_it() -> None:
    fits = edge(Relation.COMPATIBLE_WITH, "It has the mount.")
    satisfies = edge(Relation.SATISFIES, "X covers “lens”.")
    together = edge(Relation.OFTEN_BOUGHT_WITH, "ignored", bought(7, 12.0))
    assert product_why("Birds are far away.", [satisfies, fits]) == (
        "Birds are far away. It has the mount."
    )
    assert "this very product" in product_why("", [together]).lower()
    assert product_why("", [satisfies]) == "X covers “lens”."
    assert product_why("", [fits, fits]) == "It has the mount."
