"""Every reason the gate has for a refusal, one pair of products each."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import pytest

from goeswith.engine.behaviour import Behaviour
from goeswith.engine.catalog import Snapshot
from goeswith.engine.gate.attributes import AttributeCheck
from goeswith.engine.gate.behaviour import BehaviourCheck
from goeswith.engine.gate.form import FormCheck
from goeswith.engine.gate.gate import Gate, Objection, edge_id
from goeswith.engine.gate.plausibility import PlausibilityCheck
from goeswith.engine.gate.policy import Demand, load_policy
from goeswith.engine.gate.types import TypeCheck
from goeswith.engine.graph.proposal import End, Proposal, need_end, product_end, type_end
from goeswith.engine.index.corpus import CatalogCorpus
from goeswith.engine.meaning.compatibility import Compatibility
from goeswith.engine.meaning.grounding import Grounding, Meaning
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.meaning.mention import Mentions
from goeswith.engine.model import Evidence, Relation, TypePath
from goeswith.engine.pack import Pack, load_pack
from goeswith.engine.pack.schema import PackRelation
from goeswith.engine.retrieval import Retriever, load_embedder

BARELY = Evidence("behaviour", "supports", 0.6, "baskets/types", "1", support=50)
CURATED = Evidence("curated", "supports", 0.8, "pack/x", "1")
CLAIMED = Evidence("lm", "supports", 0.8, "model", "1")
BOUGHT = Evidence("behaviour", "supports", 0.8, "baskets/types", "1")
FITS = Evidence("attribute", "supports", 0.9, "rule/x", "1")
TYPES: list[TypePath] = [("Cake Mix",), ("Frosting",), ("Brownie Mix",), ("Tea",)]


def of(name: str) -> End:
    place = next(n for n, path in enumerate(TYPES) if path[-1] == name)
    return type_end(place, TYPES[place])


def proposed(
    source: str,
    relation: Relation,
    target: str,
    *evidence: Evidence,
    reason: str = "",
) -> Proposal:
    return Proposal(of(source), of(target), relation, evidence or (CURATED,), reason)


def demand(relation: Relation) -> Demand:
    return load_policy().relation[relation]


def reason(objection: Objection | None) -> str:
    assert objection is None or objection.detail
    return objection.reason if objection else ""


def test_form() -> None:
    check = FormCheck(products=3, types=len(TYPES))
    accessory = demand(Relation.ACCESSORY)
    cake, tea = of("Cake Mix"), of("Tea")
    need, product = need_end("n1", "tea"), product_end(7, "S7", "Seven", 0)
    against = Evidence("attribute", "contradicts", 0.9, "rule/x", "1")
    wild = msgspec.structs.replace(CURATED, score=1.5)

    def verdict(source: End, target: End, *evidence: Evidence) -> str:
        proposal = Proposal(source, target, Relation.ACCESSORY, evidence)
        return reason(check.object_to(proposal, accessory))

    assert verdict(cake, tea, CURATED) == ""
    assert verdict(cake, cake, CURATED) == "self_loop"
    assert verdict(cake, need, CURATED) == "wrong_ends"
    assert verdict(product_end(1, "S1", "One", 0), product, CURATED) == "unknown_end"
    assert verdict(type_end(99, ("X",)), tea, CURATED) == "unknown_end"
    assert verdict(type_end(-1, ("X",)), tea, CURATED) == "unknown_end"
    assert verdict(cake, type_end(0, ()), CURATED) == "unknown_end"
    assert verdict(cake, tea) == "no_evidence"
    assert verdict(cake, tea, against) == "no_evidence"
    assert verdict(cake, tea, msgspec.structs.replace(CURATED, kind="head")) == "wrong_evidence"
    assert verdict(cake, tea, wild) == "bad_score"
    nan = msgspec.structs.replace(CURATED, score=float("nan"))
    assert verdict(cake, tea, nan) == "bad_score"


def kinds() -> Kinds:
    vectors = np.eye(len(TYPES), dtype=np.float32)
    return Kinds(TYPES, vectors, np.ones(len(TYPES), np.int64))


def knowing(*entries: tuple[str, Relation, str], score: float = 1.0) -> Grounding:
    full = load_pack()
    relations = tuple(PackRelation(a, r, b, "They go well together here.") for a, r, b in entries)
    pack = Pack(
        version="t",
        activities=(),
        relations=relations,
        rules=full.rules,
        accepts=full.accepts,
        adapters=full.adapters,
        aliases={},
        generic=full.generic,
    )
    phrases = {path[-1]: (Meaning(n, score),) for n, path in enumerate(TYPES)}
    return Grounding(pack, phrases)


@pytest.mark.parametrize(
    ("proposal", "known", "expected"),
    [
        (proposed("Cake Mix", Relation.OFTEN_BOUGHT_WITH, "Frosting", BOUGHT), (), ""),
        (
            proposed("Cake Mix", Relation.OFTEN_BOUGHT_WITH, "Brownie Mix", BARELY),
            (),
            "same_function",
        ),
        (proposed("Cake Mix", Relation.OFTEN_BOUGHT_WITH, "Brownie Mix", BOUGHT), (), ""),
        (proposed("Cake Mix", Relation.ACCESSORY, "Brownie Mix", BOUGHT), (), "same_function"),
        (proposed("Cake Mix", Relation.SUBSTITUTE, "Brownie Mix", BOUGHT), (), ""),
        (proposed("Cake Mix", Relation.SUBSTITUTE, "Tea", BOUGHT), (), "other_function"),
        (proposed("Cake Mix", Relation.SUBSTITUTE, "Tea", CURATED), (), ""),
        (proposed("Cake Mix", Relation.SUBSTITUTE, "Tea", CLAIMED), (), "other_function"),
        (proposed("Cake Mix", Relation.SUBSTITUTE, "Brownie Mix", CLAIMED), (), ""),
        (proposed("Cake Mix", Relation.ACCESSORY, "Brownie Mix", CLAIMED), (), ""),
        (
            proposed("Frosting", Relation.ACCESSORY, "Cake Mix", BOUGHT),
            (("Cake Mix", Relation.ACCESSORY, "Frosting"),),
            "wrong_direction",
        ),
        (
            proposed("Cake Mix", Relation.SUBSTITUTE, "Frosting", CURATED),
            (("Cake Mix", Relation.OFTEN_BOUGHT_WITH, "Frosting"),),
            "substitute_and_complement",
        ),
        (
            proposed("Frosting", Relation.OFTEN_BOUGHT_WITH, "Cake Mix", BARELY),
            (("Cake Mix", Relation.SUBSTITUTE, "Frosting"),),
            "substitute_and_complement",
        ),
        (
            proposed("Frosting", Relation.OFTEN_BOUGHT_WITH, "Cake Mix", BOUGHT),
            (("Cake Mix", Relation.SUBSTITUTE, "Frosting"),),
            "",
        ),
    ],
)
def test_types(
    shelf: Shelf, proposal: Proposal, known: tuple[tuple[str, Relation, str], ...], expected: str
) -> None:
    check = TypeCheck(kinds(), knowing(*known), shelf.mentions)
    assert reason(check.object_to(proposal, demand(proposal.relation))) == expected


class Shelf:
    """The camera shop's gate parts."""

    def __init__(self, home: Path) -> None:
        folder = home / "generations" / (home / "CURRENT").read_text()
        self.catalog = Snapshot.open(folder / "catalog")
        self.behaviour = Behaviour.open(folder / "behaviour")
        self.mentions = Mentions(
            load_pack(),
            self.catalog,
            Retriever.open(
                folder / "retrieval", CatalogCorpus(self.catalog), load_embedder("hash")
            ),
        )
        vectors = np.eye(len(self.catalog.types), dtype=np.float32)
        ones = np.ones(len(self.catalog.types), np.int64)
        self.compatibility = Compatibility(load_pack(), Kinds(self.catalog.types, vectors, ones))

    def end(self, sku: str) -> End:
        row = self.catalog.row(sku)
        assert row is not None
        return product_end(row, sku, sku, int(self.catalog.type_of[row]))


@pytest.fixture(scope="module")
def shelf(indexed_camera: Path) -> Shelf:
    return Shelf(indexed_camera)


@pytest.mark.parametrize(
    ("source", "relation", "target", "expected"),
    [
        ("CAM-R10", Relation.COMPATIBLE_WITH, "LEN-RF100400", ""),
        ("CAM-R10", Relation.COMPATIBLE_WITH, "LEN-RFS55210", ""),
        ("CAM-R10", Relation.COMPATIBLE_WITH, "LEN-EF70300", "mismatch_camera-lens-mount"),
        ("LEN-EF70300", Relation.COMPATIBLE_WITH, "CAM-R10", "mismatch_camera-lens-mount"),
        ("CAM-R10", Relation.ACCESSORY, "BAT-LPE6NH", "mismatch_camera-battery"),
        ("CAM-R10", Relation.OFTEN_BOUGHT_WITH, "CRD-CFEB", "mismatch_camera-card-slot"),
        ("CAM-R10", Relation.COMPATIBLE_WITH, "KIT-KETTLE", "fit_unproven"),
        ("CAM-ZV1", Relation.COMPATIBLE_WITH, "LEN-RF50", "fit_unproven"),
        ("CAM-R10", Relation.ACCESSORY, "BAG-SLING6", ""),
        ("CAM-R10", Relation.SUBSTITUTE, "LEN-EF70300", ""),
    ],
)
def test_attributes(
    source: str, relation: Relation, target: str, expected: str, shelf: Shelf
) -> None:
    check = AttributeCheck(shelf.catalog, shelf.compatibility)
    proposal = Proposal(shelf.end(source), shelf.end(target), relation, (FITS,))
    assert reason(check.object_to(proposal, demand(relation))) == expected


def test_no_rule_between_types(shelf: Shelf) -> None:
    check = AttributeCheck(shelf.catalog, shelf.compatibility)
    ends = [
        type_end(n, path)
        for n, path in enumerate(shelf.catalog.types)
        if path[-1] in ("Kettles", "Blenders")
    ]
    proposal = Proposal(ends[0], ends[1], Relation.COMPATIBLE_WITH, (FITS,))
    assert reason(check.object_to(proposal, demand(Relation.COMPATIBLE_WITH))) == "no_rule"


@pytest.mark.parametrize(
    ("verdict", "support", "lift_low", "evidence", "expected"),
    [
        ("supports", 40, 3.0, (BOUGHT,), ""),
        ("supports", 40, 1.05, (BOUGHT,), "weak_lift"),
        ("supports", 40, 1.05, (BOUGHT, CURATED), ""),
        ("unknown", 1, 0.0, (BOUGHT,), "not_significant"),
        ("unknown", 0, 0.0, (CURATED,), ""),
        ("contradicts", 2, 0.0, (CURATED,), "not_bought_together"),
        ("contradicts", 2, 0.0, (BOUGHT,), "not_bought_together"),
    ],
)
def test_behaviour(
    verdict: Literal["supports", "contradicts", "unknown"],
    support: int,
    lift_low: float,
    evidence: tuple[Evidence, ...],
    expected: str,
    shelf: Shelf,
) -> None:
    pair = shelf.behaviour.type_pair(0, 1)
    told = dataclasses.replace(
        pair, verdict=verdict, support=support, lift_low=lift_low, expected=20.0
    )
    check = BehaviourCheck(lambda *_: told, lambda *_: told)
    proposal = proposed("Cake Mix", Relation.OFTEN_BOUGHT_WITH, "Frosting", *evidence)
    assert reason(check.object_to(proposal, demand(proposal.relation))) == expected
    substitute = proposed("Cake Mix", Relation.SUBSTITUTE, "Frosting", *evidence)
    assert check.object_to(substitute, demand(Relation.SUBSTITUTE)) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ""),
        ("Frosting covers the cake.", ""),
        ("What goes with cake mix?", "copied_question"),
        ("Cake mix", "copied_question"),
    ],
)
def test_plausibility(words: str, expected: str) -> None:
    check = PlausibilityCheck(load_pack(), "what goes with cake mix")
    proposal = proposed("Cake Mix", Relation.ACCESSORY, "Frosting", reason=words)
    assert reason(check.object_to(proposal, demand(Relation.ACCESSORY))) == expected


def test_plausibility_refuses_what_fits_any_product() -> None:
    pack = load_pack()
    check = PlausibilityCheck(pack, "what goes with cake mix")
    for phrase in pack.generic[:20]:
        proposal = proposed("Cake Mix", Relation.ACCESSORY, "Frosting", reason=phrase)
        assert reason(check.object_to(proposal, demand(Relation.ACCESSORY))) == "generic_reason"


class Says:
    """A check that answers as it is told."""

    def __init__(self, name: str, objection: Objection | None = None) -> None:
        self.name = name
        self.objection = objection
        self.asked = 0

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        self.asked += 1
        return self.objection


class Breaks:
    """A check that cannot run."""

    name = "broken"

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        raise ZeroDivisionError


EDGE = proposed("Cake Mix", Relation.ACCESSORY, "Frosting")


def test_the_first_objection_decides_and_later_checks_are_not_asked() -> None:
    later = Says("later")
    gate = Gate([Says("cheap"), Says("stern", Objection("no", "because")), later])
    accepted, (refused,) = gate.judge([EDGE])
    assert accepted == []
    assert refused.verdict.checks == ("cheap", "stern")
    assert (refused.verdict.reason, refused.verdict.detail) == ("no", "because")
    assert later.asked == 0


def test_a_check_that_cannot_run_is_a_refusal() -> None:
    accepted, (refused,) = Gate([Says("cheap"), Breaks()]).judge([EDGE])
    assert accepted == []
    assert refused.verdict.reason == "check_failed"


def test_too_little_confidence_is_a_refusal() -> None:
    weak = msgspec.structs.replace(EDGE, evidence=(msgspec.structs.replace(CURATED, score=0.2),))
    accepted, (refused,) = Gate([Says("cheap")]).judge([weak])
    assert accepted == []
    assert refused.verdict.reason == "low_confidence"


def test_a_relation_without_a_policy_is_refused() -> None:
    whole = load_policy()
    policy = msgspec.structs.replace(whole, relation={})
    accepted, (refused,) = Gate([Says("cheap")], policy).judge([EDGE])
    assert accepted == []
    assert refused.verdict.reason == "unknown_relation"


def test_an_accepted_edge_carries_its_checks_and_evidence() -> None:
    (edge,), refused = Gate([Says("one"), Says("two")]).judge([EDGE])
    assert refused == []
    assert edge.verdict.accepted
    assert edge.verdict.checks == ("one", "two")
    assert edge.evidence == EDGE.evidence
    assert edge.id == edge_id(EDGE)


def test_edge_ids_tell_ends_relation_and_direction_apart() -> None:
    turned = proposed("Frosting", Relation.ACCESSORY, "Cake Mix")
    other = proposed("Cake Mix", Relation.SUBSTITUTE, "Frosting")
    assert len({edge_id(EDGE), edge_id(turned), edge_id(other)}) == 3


def test_every_relation_has_a_policy() -> None:
    assert set(load_policy().relation) == set(Relation)
