"""How many of the baskets with one kind have another, and when that carries an edge."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from goeswith.engine.behaviour import PairCounts
from goeswith.engine.gate.behaviour import BehaviourCheck
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.gate.share import share_low
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.model import COMPLETES, Evidence, Relation

BOARD, SUPPLY = type_end(0, ("Motherboard",)), type_end(1, ("Power Supply",))
NEARLY_ALL = PairCounts(support=97, left=100, right=180, baskets=200, expected=90.0, lift_low=0.8)
"""97 of 100 baskets; chance gives 90 whatever else is in them."""


def test_the_bound_is_wilsons() -> None:
    assert share_low(NEARLY_ALL) == pytest.approx(0.9155, abs=1e-4)


def test_big_baskets_are_brought_back_to_ordinary_ones() -> None:
    """Baskets of this size hold it to 90% by chance where baskets in general do to 30%."""
    big = dataclasses.replace(NEARLY_ALL, right=60)
    assert share_low(big) == pytest.approx(0.9155 * 30 / 90, abs=1e-4)


def test_small_baskets_raise_no_share() -> None:
    small = dataclasses.replace(NEARLY_ALL, expected=9.0)
    assert share_low(small) == share_low(NEARLY_ALL)


def test_what_is_unknown_has_no_share() -> None:
    assert share_low(PairCounts()) == 0.0


def test_a_share_is_told_by_its_own_evidence_only() -> None:
    item = Evidence("behaviour", "supports", 0.9, COMPLETES, "1", support=97, exposure=100)
    lift = msgspec.structs.replace(item, reference="baskets/types")
    assert item.share == 0.97
    assert lift.share == 0.0


@pytest.mark.parametrize(
    ("pair", "relation", "expected"),
    [
        (NEARLY_ALL, Relation.PART_OF_SET, ""),
        (NEARLY_ALL, Relation.OFTEN_BOUGHT_WITH, "not_significant"),
        (dataclasses.replace(NEARLY_ALL, support=55), Relation.PART_OF_SET, "not_significant"),
        (
            dataclasses.replace(NEARLY_ALL, left=19, support=19, expected=17.1),
            Relation.PART_OF_SET,
            "not_significant",
        ),
        (
            dataclasses.replace(NEARLY_ALL, verdict="contradicts"),
            Relation.PART_OF_SET,
            "not_bought_together",
        ),
    ],
)
def test_the_gate_takes_a_share_for_a_lift_where_the_policy_says_so(
    pair: PairCounts, relation: Relation, expected: str
) -> None:
    check = BehaviourCheck(lambda *_: pair, lambda *_: pair)
    item = Evidence("behaviour", "supports", 0.9, COMPLETES, "1", support=97, exposure=100)
    demand = load_policy().relation[relation]
    objection = check.object_to(Proposal(BOARD, SUPPLY, relation, (item,)), demand)
    assert (objection.reason if objection else "") == expected
