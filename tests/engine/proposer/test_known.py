"""What a model said is kept with the verdict on it, and read back for today's gate to judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.cache import DiskStore, EdgeStore, MemoryStore
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.model import Edge, Evidence, Relation, Verdict
from goeswith.engine.proposer.known import KnownEdges

TYPES = (("Optics", "Binoculars"), ("Accessories", "Tripods"), ("Books", "Guides"))
SIGNED = Evidence("lm", "supports", 0.72, "lm/judge/9", "1")
BOUGHT = Evidence("behaviour", "supports", 0.5, "baskets/types", "b1", 12, 900, 3.0, 4.0)


@pytest.fixture
def store() -> EdgeStore:
    return EdgeStore(MemoryStore())


def known(store: EdgeStore | None, version: str = "lm/prompts") -> KnownEdges:
    return KnownEdges(lambda: store, TYPES, version)


def judged(
    target: int, reason: str = "", evidence: tuple[Evidence, ...] = (SIGNED,)
) -> tuple[Proposal, Edge]:
    ends = type_end(0, TYPES[0]), type_end(target, TYPES[target])
    told = Proposal(*ends, Relation.ACCESSORY, evidence, "Support stops the shaking.")
    verdict = Verdict(not reason, ("form",), reason)
    edge = Edge("e", ends[0].id, ends[1].id, told.relation, 0.7, "…", evidence, verdict)
    return told, edge


def test_what_was_accepted_is_proposed_again_without_the_baskets_of_that_day(
    store: EdgeStore,
) -> None:
    assert known(store).remember([judged(1, evidence=(BOUGHT, SIGNED))]) == 1
    [again] = known(store).type_relations([0, 1, 2])
    assert (again.source.ref, again.target.ref, again.relation) == (0, 1, Relation.ACCESSORY)
    assert again.evidence == (SIGNED,)
    assert again.reason == "Support stops the shaking."
    assert known(store).type_relations([0], {Relation.SUBSTITUTE}) == []


def test_what_another_model_had_accepted_counts_and_what_it_had_refused_does_not(
    store: EdgeStore,
) -> None:
    known(store, "old").remember([judged(1), judged(2, "critic_refused")])
    assert len(known(store, "new").type_relations([0])) == 1
    assert known(store, "new").refused([0]) == {}
    assert known(store, "old").refused([0]) == {(0, 2): "critic_refused"}


def test_that_there_is_no_relation_is_kept_too(store: EdgeStore) -> None:
    known(store).remember([], [(0, 2)])
    assert known(store).refused([0]) == {(0, 2): "no_relation"}
    assert known(store).type_relations([0]) == []


def test_what_no_critic_judged_and_what_no_model_said_is_not_kept(store: EdgeStore) -> None:
    assert known(store).remember([judged(1, "not_judged"), judged(2, evidence=(BOUGHT,))]) == 0


def test_what_was_dropped_meanwhile_stays_away(store: EdgeStore) -> None:
    since = known(store).begin()
    store.drop(["type:Accessories > Tripods"])
    assert known(store).remember([judged(1), judged(2)], since=since) == 1
    assert [p.target.ref for p in known(store).type_relations([0])] == [2]


def test_a_type_that_is_gone_is_not_proposed(store: EdgeStore) -> None:
    known(store).remember([judged(1), judged(2)])
    fewer = KnownEdges(lambda: store, TYPES[:2], "lm/prompts")
    assert [p.target.ref for p in fewer.type_relations([0])] == [1]


def test_without_a_store_nothing_is_known_and_nothing_fails() -> None:
    nothing = known(None)
    assert (nothing.begin(), nothing.type_relations([0]), nothing.refused([0])) == (0, [], {})
    assert nothing.remember([judged(1)]) == 0
    assert nothing.notes("sku:1", "phrased") == {}


def test_a_store_that_cannot_be_written_is_told_and_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = EdgeStore(DiskStore(tmp_path / "edges"))
    store.close()
    assert known(store).remember([judged(1)]) == 0
    assert "Edges are not kept" in caplog.text


def test_notes_are_read_by_the_model_that_made_them(store: EdgeStore) -> None:
    known(store).note([("sku:1", "phrased", "need:tripod", b'["tripod"]')], 0)
    assert known(store).notes("sku:1", "phrased") == {"need:tripod": b'["tripod"]'}
    assert known(store, "other").notes("sku:1", "phrased") == {}
