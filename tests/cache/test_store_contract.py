"""What every store promises, run against each of them."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from goeswith.cache.disk import DiskStore
from goeswith.cache.errors import ValueRefusedError
from goeswith.cache.memory import MemoryStore
from goeswith.cache.shared import SharedStore
from goeswith.cache.store import Item, Store

KINDS = ("disk", "memory", "shared")


def make(kind: str, request: pytest.FixtureRequest) -> Store:
    if kind == "memory":
        return MemoryStore()
    if kind == "disk":
        folder: Path = request.getfixturevalue("tmp_path")
        return DiskStore(folder / "store", synchronous="NORMAL")
    store = SharedStore(request.getfixturevalue("redis_url"), timeout=10)
    store.clear()
    return store


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    made = make(request.param, request)
    yield made
    made.close()


def test_it_is_a_store(store: Store) -> None:
    assert isinstance(store, Store)


def test_get_set_overwrite_delete(store: Store) -> None:
    assert store.get("k") is None
    store.set("k", b"one")
    assert store.get("k") == b"one"
    store.set("k", b"two")
    assert store.get("k") == b"two"
    assert store.delete(["k", "k", "never"]) == 1
    assert store.get("k") is None


def test_overwriting_replaces_tags(store: Store) -> None:
    store.set("k", b"1", tags=("a", "b"))
    store.set("k", b"2", tags=("b", "c"))
    assert [list(store.scan_tag(tag)) for tag in "abc"] == [[], ["k"], ["k"]]
    assert [store.get_tag(tag) for tag in "ab"] == [[], [("k", b"2")]]
    assert [store.count_tag(tag) for tag in "ab"] == [0, 1]


def test_drop_tags_takes_every_match_and_nothing_else(store: Store) -> None:
    for number in range(20):
        store.set(f"k{number:02}", b"v", tags=(f"t{number % 5}", "all"))
    store.set("other", b"v", tags=("t11",))
    assert store.drop_tags(["t1", "t2", "absent"]) == [
        f"k{n:02}" for n in range(20) if n % 5 in {1, 2}
    ]
    assert store.get("k03") == b"v"
    assert store.get("other") == b"v"
    assert len(list(store.scan_tag("all"))) == 12


def test_deleting_takes_the_tags_along(store: Store) -> None:
    store.set("k", b"v", tags=("t",))
    store.delete(["k"])
    assert list(store.scan_tag("t")) == []
    store.set("k", b"v")
    assert list(store.scan_tag("t")) == []


def test_set_many_is_one_write(store: Store) -> None:
    items = [Item(f"k{n}", bytes([n]), ("t",)) for n in range(5)]
    assert store.set_many(items) == 5
    assert list(store.scan_tag("t")) == [item.key for item in items]
    with pytest.raises(ValueRefusedError):
        store.set_many([Item("new", b"v"), Item("bad", "text")])  # type: ignore[arg-type]
    assert store.get("new") is None


def test_what_was_dropped_while_it_was_built_is_not_kept(store: Store) -> None:
    before = store.generation()
    store.drop_tags(["a"])
    items = [Item("old", b"v", ("a",)), Item("fine", b"v", ("b",))]
    assert store.set_many(items, since=before) == 1
    assert store.get("old") is None
    assert store.get("fine") == b"v"
    assert store.set_many(items, since=store.generation()) == 2


def test_clear_counts_as_dropping_everything(store: Store) -> None:
    store.set("k", b"v", tags=("t",))
    before = store.generation()
    assert store.clear() == 1
    assert store.clear() == 0
    assert store.generation() > before
    assert store.set_many([Item("k", b"v")], since=before) == 0
    assert list(store.scan_tag("t")) == []


def test_stats_count_entries_and_bytes(store: Store) -> None:
    store.set("a", b"x" * 10)
    store.set("b", b"x" * 5)
    store.set("a", b"x" * 3)
    assert store.stats()[:2] == (2, 8)
    store.delete(["a"])
    assert store.stats()[:2] == (1, 5)


def test_quarantine_takes_only_the_very_bytes(store: Store) -> None:
    store.set("k", b"new", tags=("t",))
    store.quarantine("k", b"old", "damage")
    assert store.get("k") == b"new"
    store.quarantine("k", b"new", "damage")
    assert store.get("k") is None
    assert list(store.scan_tag("t")) == []


@pytest.mark.parametrize("key", [b"k", "", "naïve", "a\0b", 1, None])
def test_strange_keys_are_refused(store: Store, key: Any) -> None:
    with pytest.raises(ValueRefusedError, match="key"):
        store.set(key, b"v")


@pytest.mark.parametrize("blob", ["text", bytearray(b"v"), memoryview(b"v"), None, 1, object()])
def test_strange_values_are_refused(store: Store, blob: Any) -> None:
    with pytest.raises(ValueRefusedError, match="bytes"):
        store.set("k", blob)
    assert store.get("k") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(blob=st.binary(max_size=2000), tags=st.lists(st.text(max_size=10), max_size=4))
def test_any_bytes_and_any_tags(store: Store, blob: bytes, tags: list[str]) -> None:
    store.set("k", blob, tags=tags)
    assert store.get("k") == blob
    assert all(list(store.scan_tag(tag)) == ["k"] for tag in tags)


def test_threads_share_a_store(store: Store) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                store.set(f"{number}-{turn}", b"%d" % turn, tags=(f"t{number}",))
                assert store.get(f"{number}-{turn}") == b"%d" % turn
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.stats().entries == 120
    assert all(len(list(store.scan_tag(f"t{n}"))) == 20 for n in range(6))


KEYS = st.sampled_from("abcde")
TAGS = st.frozensets(st.sampled_from("xyz"), max_size=2)


class Model(RuleBasedStateMachine):
    """A store beside a dictionary."""

    make: Callable[[], Store]

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make()
        self.truth: dict[str, tuple[bytes, frozenset[str]]] = {}
        self.store.clear()

    @rule(key=KEYS, blob=st.binary(max_size=5), tags=TAGS)
    def write(self, key: str, blob: bytes, tags: frozenset[str]) -> None:
        self.store.set(key, blob, tags=tags)
        self.truth[key] = (blob, tags)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        assert self.store.delete([key]) == (self.truth.pop(key, None) is not None)

    @rule(tags=TAGS)
    def drop(self, tags: frozenset[str]) -> None:
        gone = sorted(key for key, (_, has) in self.truth.items() if has & tags)
        assert self.store.drop_tags(tags) == gone
        for key in gone:
            del self.truth[key]

    @rule()
    def compare(self) -> None:
        assert {key: self.store.get(key) for key in "abcde"} == {
            key: self.truth[key][0] if key in self.truth else None for key in "abcde"
        }
        for tag in "xyz":
            assert list(self.store.scan_tag(tag)) == sorted(
                key for key, (_, has) in self.truth.items() if tag in has
            )
        assert self.store.stats()[:2] == (
            len(self.truth),
            sum(len(blob) for blob, _ in self.truth.values()),
        )


def test_a_store_behaves_like_a_dictionary(store: Store) -> None:
    class Bound(Model):
        make = staticmethod(lambda: store)

    Bound.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
    Bound.TestCase("runTest").runTest()
