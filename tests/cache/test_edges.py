import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.edges import EdgeCount, EdgeStore, StoredEdge
from goeswith.cache.invalidate import Invalidated, invalidate
from goeswith.cache.memory import MemoryStore
from goeswith.cache.store import Item


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edges(tmp_path: Path, clock: Clock) -> Iterator[EdgeStore]:
    store = EdgeStore(
        DiskStore(tmp_path / "edges", synchronous="NORMAL"),
        clock=clock,
        accepted_s=1_000,
        rejected_s=100,
    )
    yield store
    store.close()


def edge(
    *,
    head: str = "type:tent",
    relation: str = "accessory",
    tail: str = "type:peg",
    accepted: bool = True,
    version: str = "v1",
    value: bytes = b'{"lift": 3}',
) -> StoredEdge:
    return StoredEdge(head, relation, tail, accepted, version, value)


def test_edges_come_back_by_head_and_relation_in_order(edges: EdgeStore) -> None:
    kept = [
        edge(tail="type:mallet"),
        edge(tail="type:peg"),
        edge(relation="substitute", tail="type:tarp"),
        edge(head="sku:1", tail="sku:2"),
    ]
    assert edges.put_many(reversed(kept)) == 4
    assert edges.of("type:tent", "accessory") == kept[:2]
    assert edges.of("type:tent") == kept[:3]
    assert edges.of("sku:1", "accessory") == [kept[3]]
    assert edges.of("sku:1", "substitute") == []
    assert edges.get("type:tent", "substitute", "type:tarp") == kept[2]
    assert edges.get("type:tarp", "substitute", "type:tent") is None


def test_a_new_verdict_replaces_the_old(edges: EdgeStore) -> None:
    edges.put_many([edge(accepted=False)])
    edges.put_many([edge(accepted=True)])
    assert edges.of("type:tent") == [edge(accepted=True)]
    assert edges.counts(["accessory", "substitute"]) == {
        "accessory": EdgeCount(1, 0),
        "substitute": EdgeCount(0, 0),
    }


def test_rejected_edges_live_shorter(edges: EdgeStore, clock: Clock) -> None:
    edges.put_many([edge(tail="type:peg"), edge(tail="type:salt", accepted=False)])
    assert len(edges.of("type:tent")) == 2
    clock.now += 100
    assert [kept.tail for kept in edges.of("type:tent")] == ["type:peg"]
    clock.now += 900
    assert edges.of("type:tent") == []


def test_a_clock_set_back_makes_no_edge_immortal(edges: EdgeStore, clock: Clock) -> None:
    edges.put_many([edge()])
    clock.now -= 10_000
    assert edges.of("type:tent") == []


def test_edges_of_another_version_are_not_there(edges: EdgeStore) -> None:
    edges.put_many([edge(version="v1")])
    assert edges.of("type:tent", version="v2") == []
    assert edges.get("type:tent", "accessory", "type:peg", version="v2") is None
    assert edges.get("type:tent", "accessory", "type:peg", version="v1") is not None


@pytest.mark.parametrize("end", ["sku:1", "sku:2"])
def test_dropping_either_end_drops_the_edge(edges: EdgeStore, end: str) -> None:
    edges.put_many([edge(head="sku:1", tail="sku:2"), edge(head="sku:3", tail="sku:4")])
    assert edges.drop([end]) == 1
    assert edges.of("sku:1") == []
    assert len(edges.of("sku:3")) == 1


def test_names_never_run_into_each_other(edges: EdgeStore) -> None:
    edges.put_many([edge(head="a", relation="b", tail="c\x00d"), edge(head="a\x00b", relation="")])
    assert edges.of("a\x00b", "b") == []
    assert edges.get("a", "b\x00c", "d") is None


def test_damaged_edges_are_left_out(edges: EdgeStore) -> None:
    edges.put_many([edge(tail="type:peg"), edge(tail="type:mallet")])
    (key, blob), *_ = edges.store.get_tag("type:peg")
    edges.store.set(key, blob[:-1] + b"!", tags=[])
    assert [kept.tail for kept in edges.of("type:tent")] == ["type:mallet"]
    assert edges.get("type:tent", "accessory", "type:peg") is None
    assert edges.damaged == 1


def test_edges_found_before_a_drop_are_not_kept(edges: EdgeStore) -> None:
    since = edges.store.generation()
    edges.drop(["type:peg"])
    assert edges.put_many([edge(), edge(tail="type:mallet")], since=since) == 1


def test_one_call_drops_answers_and_edges(edges: EdgeStore, tmp_path: Path, clock: Clock) -> None:
    answers = AnswerCache(disk=DiskStore(tmp_path / "answers"), clock=clock)
    for key, tag in (("a", "sku:1"), ("b", "sku:2"), ("c", "sku:3")):
        answers.put(key, b"v", (tag,))
        answers.get(key)
    edges.put_many([edge(head="sku:1", tail="sku:9"), edge(head="sku:3", tail="sku:4")])
    assert invalidate(["sku:1", "sku:2"], answers=answers, edges=edges) == Invalidated(2, 2, 0, 1)
    assert [answers.get(key) is not None for key in "abc"] == [False, False, True]
    assert invalidate(["sku:1"]) == Invalidated()
    answers.close()


class SlowStore(MemoryStore):
    """Writes many at once only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def set_many(self, items: Iterable[Item], *, since: int | None = None) -> int:
        assert self.go.wait(30.0)
        return super().set_many(items, since=since)


def test_what_is_written_behind_is_read_at_once() -> None:
    slow = SlowStore()
    edges = EdgeStore(slow)
    kept = [edge(), edge(relation="brings", tail="need:peg"), edge(head="sku:1")]
    assert edges.put_later(kept, since=0) == 3
    assert slow.get_tag("type:tent") == []
    assert edges.of("type:tent") == kept[:2]
    assert edges.of("type:tent", "brings") == [kept[1]]
    assert edges.of("type:tent", version="v0") == []
    assert edges.get("type:tent", "accessory", "type:peg") == kept[0]
    slow.go.set()
    assert edges.flush(30.0)
    assert slow.stats().entries == 3
    assert edges.of("type:tent") == kept[:2]


def test_what_waits_stands_before_what_is_stored() -> None:
    slow = SlowStore()
    slow.go.set()
    edges = EdgeStore(slow)
    edges.put_many([edge(accepted=True), edge(tail="type:mallet")])
    slow.go.clear()
    edges.put_later([edge(accepted=False, version="v2")], since=0)
    assert [(e.tail, e.accepted) for e in edges.of("type:tent")] == [
        ("type:mallet", True),
        ("type:peg", False),
    ]
    assert [e.tail for e in edges.of("type:tent", version="v1")] == ["type:mallet"]
    slow.go.set()
    edges.close()


def test_a_drop_takes_what_waits_with_it_also_from_elsewhere() -> None:
    slow = SlowStore()
    edges, elsewhere = EdgeStore(slow), EdgeStore(slow)
    edges.put_later([edge(), edge(tail="type:mallet")], since=0)
    elsewhere.drop(["type:peg"])
    assert edges.of("type:tent") == [], "what a drop may have meant is hidden until it is written"
    slow.go.set()
    assert edges.flush(30.0)
    assert [kept.tail for kept in edges.of("type:tent")] == ["type:mallet"]


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    edges = EdgeStore(DiskStore(tmp_path / "edges"))
    edges.put_later([edge()], since=0)
    edges.close()
    again = EdgeStore(DiskStore(tmp_path / "edges"))
    assert again.of("type:tent") == [edge()]
    again.close()
