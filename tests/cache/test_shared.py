import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.errors import StoreDownError, StoreError, StoreFullError
from goeswith.cache.results import Outcome
from goeswith.cache.shared import SharedStore
from goeswith.cache.store import Item


@pytest.fixture
def shared(redis_url: str) -> Iterator[SharedStore]:
    store = SharedStore(redis_url, timeout=10)
    store.clear()
    yield store
    store.close()


def host(url: str, folder: Path | None = None) -> AnswerCache:
    """One host of several, that asks the shared store at every get."""
    disk = DiskStore(folder, synchronous="NORMAL") if folder else None
    return AnswerCache(disk=disk, shared=SharedStore(url, timeout=10), sync_every_s=0.0)


@pytest.mark.usefixtures("shared")
def test_one_host_serves_what_another_built(redis_url: str, tmp_path: Path) -> None:
    one, two = host(redis_url, tmp_path / "1"), host(redis_url, tmp_path / "2")
    assert one.put("k", b"answer", ("sku:1",)) is Outcome.STORED
    hits = [two.get("k"), two.get("k")]
    assert [hit.tier for hit in hits if hit] == ["shared", "memory"]
    one.close()
    two.close()


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("with_disk", [True, False])
def test_what_one_host_dropped_no_host_serves(
    redis_url: str, tmp_path: Path, with_disk: bool
) -> None:
    folders = [tmp_path / "1", tmp_path / "2"] if with_disk else [None, None]
    one, two = (host(redis_url, folder) for folder in folders)
    two.put("own", b"v", ("sku:1",))
    two.put("other", b"v", ("sku:2",))
    one.put("k", b"v", ("sku:1",))
    assert two.get("k")
    assert two.get("own")
    since = two.begin()
    assert one.invalidate(["sku:1"]).shared == 2
    assert two.get("own") is None
    assert two.get("k") is None
    assert two.get("other")
    assert two.put("own", b"v", ("sku:1",), since=since) is Outcome.OUTDATED
    one.clear()
    assert two.get("other") is None
    one.close()
    two.close()


def test_a_host_that_was_away_catches_up(
    shared: SharedStore, redis_url: str, tmp_path: Path
) -> None:
    two = host(redis_url, tmp_path / "2")
    two.put("old", b"v", ("sku:1",))
    two.put("fine", b"v", ("sku:2",))
    two.close()
    shared.drop_tags(["sku:1"])
    shared.delete(["fine"])
    two = host(redis_url, tmp_path / "2")
    assert two.get("old") is None
    assert two.get("fine")
    two.close()


def test_a_server_that_lost_its_data_makes_hosts_start_again(
    shared: SharedStore, redis_url: str, tmp_path: Path
) -> None:
    shared.drop_tags(["any"])
    one = host(redis_url, tmp_path / "1")
    one.put("k", b"v", ("sku:1",))
    assert one.get("k")
    shared._client.flushdb()
    assert one.get("k") is None
    assert one.put("k", b"v", ("sku:1",)) is Outcome.STORED
    assert one.get("k")
    one.close()


def test_expired_entries_are_forgotten_as_others_are_written(redis_url: str) -> None:
    now = [100.0]
    store = SharedStore(redis_url, clock=lambda: now[0], timeout=10)
    store.clear()
    store.set("old", b"v", tags=("t",), expire=150.0)
    now[0] = 200.0
    store.set("new", b"v", tags=("t",))
    assert list(store.scan_tag("t")) == ["new"]
    store.close()


def test_prefixes_keep_stores_apart(shared: SharedStore, redis_url: str) -> None:
    other = SharedStore(redis_url, prefix="other", timeout=10)
    other.clear()
    shared.set("k", b"v")
    assert other.get("k") is None
    other.close()


def test_a_full_server_says_so(shared: SharedStore) -> None:
    shared.set("k", b"v")
    large = [Item(f"k{number}", bytes(2**20)) for number in range(80)]
    with pytest.raises(StoreFullError):
        [shared.set_many([item]) for item in large]
    assert shared.get("k") == b"v"
    shared.clear()


def test_a_server_that_is_down_is_a_miss_and_is_left_alone(tmp_path: Path) -> None:
    store = SharedStore(f"unix://{tmp_path}/none")
    assert store.get("k") is None
    assert list(store.scan_tag("t")) == []
    assert store.generation() == 0
    with pytest.raises(StoreDownError, match="a moment ago"):
        store.set("k", b"v")
    assert not store.stats().writable
    cache = AnswerCache(disk=DiskStore(tmp_path / "d"), shared=store)
    assert cache.put("k", b"v", ("t",)) is Outcome.STORED
    assert cache.get("k")
    with pytest.raises(StoreError):
        cache.invalidate(["t"])
    assert cache.get("k") is None
    assert cache.put("k", b"v") is Outcome.STORED
    hit = cache.get("k")
    assert hit is not None
    assert hit.tier == "disk"
    cache.close()


def test_a_missing_client_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(StoreDownError, match="pip install"):
        SharedStore("redis://localhost")


def test_a_wrong_address_is_named() -> None:
    with pytest.raises(StoreDownError, match="address"):
        SharedStore("nonsense://host")
