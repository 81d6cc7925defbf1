"""False claims that look like the shop's real ones and are certainly false."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from goeswith.engine.behaviour import PairCounts
from goeswith.engine.gate.decoys import Decoys
from goeswith.engine.gate.judging import judge_asks
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Relation
from goeswith.prompts import JUDGE

TYPES = (
    ("Dairy", "Milk"),
    ("Cereal", "Flakes"),
    ("Cleaning", "Bleach"),
    ("Dairy", "Rennet"),
    ("Cleaning", "Milk frother cleaner"),
    ("Hardware", "Nails"),
    ("Bakery", "Cookies"),
)
VECTORS = np.eye(7, dtype=np.float32)
VECTORS[4] = VECTORS[0]
AGAINST = {(0, 2), (0, 3), (0, 4), (1, 2), (6, 5), (6, 2)}


def pair(a: int, b: int) -> PairCounts:
    verdict: Any = "contradicts" if (a, b) in AGAINST or (b, a) in AGAINST else "unknown"
    return PairCounts(verdict=verdict)


def made(told: Callable[[int, int], PairCounts] = pair) -> Decoys:
    kinds = Kinds(TYPES, VECTORS, np.ones(7, dtype=np.int64))
    return Decoys(TYPES, kinds, range(7), told)


def claim(a: int, b: int, relation: Relation) -> Proposal:
    return Proposal(type_end(a, TYPES[a]), type_end(b, TYPES[b]), relation, ())


CLAIMS = [claim(0, 1, Relation.OFTEN_BOUGHT_WITH), claim(6, 0, Relation.PART_OF_SET)]


def test_a_decoy_is_far_off_in_another_aisle_and_baskets_speak_against_it() -> None:
    found = made().among(CLAIMS)
    assert {p.source.ref for p in found} == {0, 6}
    ends = {p.source.ref: p.target.ref for p in found}
    assert ends[0] == 2, "neither the same aisle (3) nor a similar name (4)"
    assert ends[6] in (2, 5)
    forms = {p.source.ref: p.relation for p in found}
    assert forms == {0: Relation.OFTEN_BOUGHT_WITH, 6: Relation.PART_OF_SET}


def test_the_same_claims_get_the_same_decoys_in_any_order() -> None:
    assert made().among(CLAIMS) == made().among(CLAIMS[::-1])


def test_what_is_claimed_is_no_decoy() -> None:
    assert made().among([claim(0, 2, Relation.ACCESSORY)]) == []


def test_where_baskets_know_nothing_there_is_none() -> None:
    assert made(lambda _a, _b: PairCounts()).among(CLAIMS) == []


def test_decoys_stand_among_the_claims_in_their_words() -> None:
    [ask] = judge_asks(CLAIMS, made())
    shown: Any = JUDGE.inputs(ask.about)["claims"]
    assert len(shown) == 4
    assert {row["statement"] for row in shown} == {
        "people who buy A have a clear reason to buy B on the same trip",
        "A and B are used together as parts of one set",
    }
    assert {row["A"].split(" | ")[0] for row in shown} == {"Milk", "Cookies"}


def test_without_decoys_the_planted_ones_use_the_words_of_the_claims() -> None:
    [ask] = judge_asks(CLAIMS[:1])
    shown: Any = JUDGE.inputs(ask.about)["claims"]
    assert [row["statement"] for row in shown] == [
        "people who buy A have a clear reason to buy B on the same trip"
    ] * 3
