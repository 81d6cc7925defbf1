"""Entries that are served as stale from now on, until somebody builds them again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.envelope import Flag, Meta, Opened, aged, pack, unpack
from goeswith.cache.errors import StoreFullError
from goeswith.cache.lifetimes import Lifetimes
from goeswith.cache.results import Outcome
from goeswith.cache.shared import SharedStore

LIVES = Lifetimes(fresh_s=100, stale_s=50, error_s=500, jitter=0.0)
META = Meta(1_000.0, 1_100.0, 1_150.0, 1_600.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "answers"


def opened(folder: Path, clock: Clock) -> AnswerCache:
    disk = DiskStore(folder, synchronous="NORMAL")
    return AnswerCache(disk=disk, clock=clock, lifetimes=LIVES)


@pytest.fixture
def cache(folder: Path, clock: Clock) -> Iterator[AnswerCache]:
    made = opened(folder, clock)
    yield made
    made.close()


def state(cache: AnswerCache, key: str) -> str:
    hit = cache.get(key)
    if hit is None:
        return "gone"
    return f"{hit.tier} {'stale' if hit.stale else 'fresh'}"


@pytest.mark.parametrize("payload", [b"answer", b"long " * 50_000])
def test_an_aged_envelope_holds_the_same_and_is_never_fresh(payload: bytes) -> None:
    blob = pack("k", payload, META)
    old = aged("k", blob, 1_040.0)
    assert old is not None
    assert unpack("k", old) == Opened(1_000.0, 0.0, 1_040.0, 1_600.0, Flag(0), payload)
    assert aged("k", old, 9_000.0) == old
    later = aged("k", blob, 9_000.0)
    assert later is not None
    assert unpack("k", later) == Opened(1_000.0, 0.0, 1_150.0, 1_600.0, Flag(0), payload)


@pytest.mark.parametrize("flags", [Flag.PARTIAL, Flag.NEGATIVE, Flag.PARTIAL | Flag.NEGATIVE])
def test_what_is_never_served_stale_is_not_aged(flags: Flag) -> None:
    meta = Meta(1_000.0, 1_100.0, 1_100.0, 1_100.0, flags)
    assert aged("k", pack("k", b"v", meta), 1_040.0) is None


@pytest.mark.parametrize("cut", [3, 40, -1])
def test_damage_stays_what_it_is(cut: int) -> None:
    blob = pack("k", b"answer", META)[:cut]
    assert aged("k", blob, 1_040.0) == blob
    assert aged("other", pack("k", b"answer", META), 1_040.0) == pack("k", b"answer", META)


def test_what_carries_the_tag_is_stale_and_the_rest_as_it_was(cache: AnswerCache) -> None:
    for key, tag in (("a", "type:x"), ("b", "type:y")):
        cache.put(key, b"v", (tag, "sku:1"))
        assert state(cache, key) == "disk fresh"
    assert cache.refresh(["type:x"]) == 1
    assert state(cache, "a") == "disk stale"
    assert state(cache, "a") == "memory stale"
    assert state(cache, "b") == "memory fresh"
    assert cache.refresh(["type:x"]) == 0
    assert cache.invalidate(["sku:1"]).disk == 2


def test_it_is_stale_for_as_long_as_any_other(cache: AnswerCache, clock: Clock) -> None:
    cache.put("k", b"v", ("t",))
    cache.refresh(["t"])
    clock.now += 49
    assert state(cache, "k") == "disk stale"
    clock.now += 2
    assert state(cache, "k") == "gone"
    kept = cache.get("k", on_error=True)
    assert kept is not None
    assert kept.stale


def test_a_clock_set_back_makes_it_no_fresher(cache: AnswerCache, clock: Clock) -> None:
    clock.now += 80
    cache.put("k", b"v", ("t",))
    cache.refresh(["t"])
    clock.now -= 80
    assert state(cache, "k") == "disk stale"


def test_an_opener_in_another_process_notices_at_its_next_get(
    cache: AnswerCache, folder: Path, clock: Clock
) -> None:
    other = opened(folder, clock)
    cache.put("k", b"v", ("t",))
    assert [state(other, "k") for _ in range(2)] == ["disk fresh", "memory fresh"]
    cache.refresh(["t"])
    assert state(other, "k") == "disk stale"
    other.put("k", b"new", ("t",), since=other.begin())
    assert state(cache, "k") == "disk fresh"
    other.close()


@pytest.mark.parametrize("flags", [Flag.PARTIAL, Flag.NEGATIVE])
def test_partial_and_negative_entries_are_dropped(cache: AnswerCache, flags: Flag) -> None:
    cache.put("k", b"v", ("t",), flags=flags)
    cache.get("k")
    assert cache.refresh(["t"]) == 1
    assert cache.get("k", on_error=True) is None
    assert cache.disk is not None
    assert cache.disk.get("k") is None
    assert cache.disk.stats()[:2] == (0, 0)


def test_what_no_disk_holds_is_dropped(clock: Clock) -> None:
    alone = AnswerCache(clock=clock, lifetimes=LIVES)
    since = alone.begin()
    alone.put("k", b"v", ("t",))
    alone.put("other", b"v", ("u",))
    assert alone.refresh(["t"]) == 1
    assert [state(alone, key) for key in ("k", "other")] == ["gone", "memory fresh"]
    assert alone.put("k", b"v", ("t",), since=since) is Outcome.OUTDATED


def test_what_the_disk_refused_is_dropped(
    cache: AnswerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.disk is not None

    def full(*_: object, **__: object) -> int:
        raise StoreFullError("full")

    with monkeypatch.context() as patch:
        patch.setattr(cache.disk, "set_many", full)
        assert cache.put("k", b"v", ("t",)) is Outcome.MEMORY_ONLY
    assert state(cache, "k") == "memory fresh"
    cache.refresh(["t"])
    assert state(cache, "k") == "gone"


def test_a_build_that_began_before_is_not_kept(cache: AnswerCache) -> None:
    since = cache.begin()
    cache.refresh(["t"])
    assert cache.put("k", b"old", ("t",), since=since) is Outcome.OUTDATED
    assert cache.put("k", b"new", ("t",), since=cache.begin()) is Outcome.STORED


def test_what_was_dropped_or_written_anew_is_not_brought_back(folder: Path, clock: Clock) -> None:
    """Puts, drops and refreshes by two openers: an entry is what the last of them made it."""
    caches = [opened(folder, clock) for _ in range(2)]
    errors: list[str] = []

    def refresh() -> None:
        for _ in range(60):
            caches[0].refresh(["t"])

    def write() -> None:
        for turn in range(60):
            caches[1].put("k", b"dropped", ("t",))
            caches[1].invalidate(["t"])
            caches[1].put("k", b"%d" % turn, ("u",))
            hit = caches[1].get("k")
            if hit is None or (hit.payload, hit.stale) != (b"%d" % turn, False):
                errors.append(f"{hit}")

    threads = [threading.Thread(target=work) for work in (refresh, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert state(caches[0], "k").endswith("fresh")
    for cache in caches:
        cache.close()


def test_a_refresh_that_fails_changes_nothing(
    cache: AnswerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        cache.put(f"k{number}", b"v", ("t",))
    calls: list[str] = []

    def failing(key: str, blob: bytes, until: float) -> bytes | None:
        calls.append(key)
        if len(calls) == 3:
            raise MemoryError
        return aged(key, blob, until)

    with monkeypatch.context() as patch:
        patch.setattr("goeswith.cache.answers.aged", failing)
        with pytest.raises(MemoryError):
            cache.refresh(["t"])
    assert {state(cache, f"k{n}") for n in range(5)} == {"disk fresh"}
    assert cache.refresh(["t"]) == 5


def test_only_what_is_fresh_is_given_where_that_is_asked(cache: AnswerCache) -> None:
    cache.put("k", b"v", ("t",))
    cache.refresh(["t"])
    assert cache.get("k", stale=False) is None
    assert state(cache, "k") == "disk stale"
    assert cache.get("k", stale=False) is None
    cache.put("k", b"v", ("t",))
    assert cache.get("k", stale=False) is not None


def test_what_another_host_built_anew_is_found_fresh(
    redis_url: str, folder: Path, tmp_path: Path, clock: Clock
) -> None:
    hosts = [
        AnswerCache(
            disk=DiskStore(place, synchronous="NORMAL"),
            shared=SharedStore(redis_url, timeout=10),
            clock=clock,
            lifetimes=LIVES,
        )
        for place in (folder, tmp_path / "other")
    ]
    one, two = hosts
    one.clear()
    one.put("k", b"old", ("t",), edition="1")
    one.refresh(["t"])
    assert state(one, "k") == "disk stale"
    assert one.get("k", edition="2", stale=False) is None
    two.put("k", b"new", ("t",), edition="2")
    found = one.get("k", edition="2", stale=False)
    assert found is not None
    assert (found.payload, found.tier, found.stale) == (b"new", "shared", False)
    hit = one.get("k", edition="2")
    assert hit is not None
    assert (hit.payload, hit.tier, hit.stale) == (b"new", "memory", False)
    for host in hosts:
        host.clear()
        host.close()
