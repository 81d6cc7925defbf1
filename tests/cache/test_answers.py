import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.envelope import Flag, Meta, pack
from goeswith.cache.errors import StoreFullError, ValueRefusedError
from goeswith.cache.lifetimes import Lifetimes
from goeswith.cache.memory import Lru
from goeswith.cache.results import Outcome

LIVES = Lifetimes(fresh_s=100, stale_s=50, error_s=500, negative_s=5, partial_s=20, jitter=0.0)


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


@pytest.fixture
def cache(folder: Path, clock: Clock) -> Iterator[AnswerCache]:
    made = AnswerCache(disk=DiskStore(folder, synchronous="NORMAL"), clock=clock, lifetimes=LIVES)
    yield made
    made.close()


@pytest.fixture
def alone(clock: Clock) -> AnswerCache:
    return AnswerCache(clock=clock, lifetimes=LIVES)


def tier(cache: AnswerCache, key: str) -> str | None:
    hit = cache.get(key)
    return hit.tier if hit else None


def test_a_hit_comes_from_disk_and_then_from_memory(cache: AnswerCache, clock: Clock) -> None:
    assert cache.put("k", b"answer", ("sku:1",)) is Outcome.STORED
    clock.now += 7
    hit = cache.get("k")
    assert hit is not None
    assert (hit.payload, hit.tier, hit.age_s, hit.stale, hit.complete) == (
        b"answer",
        "disk",
        7.0,
        False,
        True,
    )
    assert tier(cache, "k") == "memory"
    assert (cache.counts.disk, cache.counts.memory, cache.counts.misses) == (1, 1, 0)


def test_a_second_process_reads_what_the_first_wrote(
    cache: AnswerCache, folder: Path, clock: Clock
) -> None:
    cache.put("k", b"answer")
    other = AnswerCache(disk=DiskStore(folder), clock=clock, lifetimes=LIVES)
    assert tier(other, "k") == "disk"
    other.close()


@pytest.mark.parametrize(
    ("age", "stale", "on_error"),
    [
        (99, False, False),
        (100, True, True),
        (149, True, True),
        (150, None, True),
        (599, None, True),
        (600, None, None),
        (1e12, None, None),
        (-299, False, False),
        (-301, None, None),
        (-1e9, None, None),
    ],
)
def test_time_windows(
    cache: AnswerCache, clock: Clock, age: float, stale: bool | None, on_error: bool | None
) -> None:
    cache.put("warm", b"answer")
    cache.put("cold", b"answer")
    assert tier(cache, "warm") == "disk"
    clock.now += age
    for key in ("warm", "cold"):
        hit, kept = cache.get(key), cache.get(key, on_error=True)
        assert (hit.stale if hit else None) is stale
        assert (kept.stale if kept else None) is on_error
        assert hit is None or hit.age_s >= 0.0


def test_a_clock_set_back_makes_nothing_immortal(cache: AnswerCache, clock: Clock) -> None:
    cache.put("k", b"made in the future")
    clock.now -= 1_000
    assert cache.get("k") is None
    cache.put("k", b"made now")
    hit = cache.get("k")
    assert hit is not None
    assert hit.payload == b"made now"


@pytest.mark.parametrize(("flags", "lives"), [(Flag.NEGATIVE, 5), (Flag.PARTIAL, 20)])
def test_negative_and_partial_entries_live_shortly_and_are_never_stale(
    cache: AnswerCache, clock: Clock, flags: Flag, lives: float
) -> None:
    cache.put("k", b"[]", flags=flags)
    clock.now += lives - 0.1
    hit = cache.get("k")
    assert hit is not None
    assert (hit.flags, hit.complete, hit.stale) == (flags, False, False)
    clock.now += 0.1
    assert cache.get("k", on_error=True) is None


def test_a_complete_answer_takes_the_place_of_a_partial_one(cache: AnswerCache) -> None:
    cache.put("k", b"part", flags=Flag.PARTIAL)
    cache.get("k")
    cache.put("k", b"whole")
    hit = cache.get("k")
    assert hit is not None
    assert (hit.payload, hit.complete) == (b"whole", True)


def test_jitter_only_shortens_and_depends_on_the_key_alone() -> None:
    lives = Lifetimes(fresh_s=1_000, jitter=0.2)
    spread = [lives.meta(f"k{n}", 0.0).fresh_until for n in range(200)]
    assert spread == [lives.meta(f"k{n}", 0.0).fresh_until for n in range(200)]
    assert 800 < min(spread) < 820
    assert 980 < max(spread) <= 1_000


def test_invalidate_drops_the_tagged_and_keeps_the_rest_in_memory(cache: AnswerCache) -> None:
    for key, tag in (("a", "sku:1"), ("b", "sku:2")):
        cache.put(key, b"v", (tag, "type:x"))
        cache.get(key)
    assert cache.invalidate(["sku:1"]) == (1, 1, 0)
    assert tier(cache, "a") is None
    assert tier(cache, "b") == "memory"


def test_another_opener_notices_at_its_next_get(
    cache: AnswerCache, folder: Path, clock: Clock
) -> None:
    other = AnswerCache(disk=DiskStore(folder), clock=clock, lifetimes=LIVES)
    for key, tag in (("a", "sku:1"), ("b", "sku:2")):
        cache.put(key, b"v", (tag,))
        other.get(key)
        assert tier(other, key) == "memory"
    cache.invalidate(["sku:1"])
    assert tier(other, "a") is None
    assert tier(other, "b") == "memory"
    cache.put("b", b"new")
    hit = other.get("b")
    assert hit is not None
    assert hit.payload == b"new"
    cache.clear()
    assert tier(other, "b") is None
    other.close()


def test_a_build_that_began_before_a_drop_is_not_kept(cache: AnswerCache) -> None:
    since = cache.begin()
    cache.invalidate(["sku:1"])
    assert cache.put("old", b"v", ("sku:1",), since=since) is Outcome.OUTDATED
    assert cache.get("old") is None
    assert cache.put("fine", b"v", ("sku:2",), since=since) is Outcome.STORED
    assert cache.put("new", b"v", ("sku:1",), since=cache.begin()) is Outcome.STORED


def test_memory_alone_drops_by_tag_too(alone: AnswerCache) -> None:
    since = alone.begin()
    assert alone.put("a", b"v", ("sku:1",)) is Outcome.STORED
    assert alone.put("b", b"v", ("sku:2",)) is Outcome.STORED
    assert alone.invalidate(["sku:1"]) == (1, 0, 0)
    assert tier(alone, "a") is None
    assert tier(alone, "b") == "memory"
    assert alone.put("c", b"v", ("sku:1",), since=since) is Outcome.OUTDATED


def test_damage_is_a_miss_and_is_set_apart(cache: AnswerCache) -> None:
    assert cache.disk is not None
    cache.put("k", b"answer")
    blob = bytearray(cache.disk.get("k") or b"")
    blob[-1] ^= 1
    cache.disk.set("k", bytes(blob))
    assert cache.get("k") is None
    assert cache.counts.damaged == 1
    assert cache.disk.stats().quarantined == 1
    assert cache.disk.get("k") is None
    cache.put("k", b"answer")
    assert tier(cache, "k") == "disk"


def test_an_entry_under_another_key_is_never_served(cache: AnswerCache) -> None:
    assert cache.disk is not None
    cache.disk.set("k", pack("other", b"wrong", Meta(cache._clock(), 2e9, 2e9, 2e9)))
    assert cache.get("k") is None


def test_a_store_that_is_full_leaves_the_answer_in_memory(
    cache: AnswerCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert cache.disk is not None
    cache.put("before", b"v")

    def full(*_: object, **__: object) -> int:
        raise StoreFullError("full")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(cache.disk, "set_many", full)
        assert [cache.put(f"k{n}", b"v", ("sku:1",)) for n in range(5)] == [Outcome.MEMORY_ONLY] * 5
    assert len(caplog.records) == 3
    assert tier(cache, "before") == "disk"
    assert tier(cache, "k0") == "memory"
    cache.invalidate(["sku:other"])
    assert tier(cache, "k0") is None


def test_what_could_not_be_dropped_is_not_read(
    cache: AnswerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.disk is not None
    cache.put("a", b"v", ("sku:1",))
    cache.put("b", b"v", ("sku:2",))
    cache.get("a")

    def full(*_: object) -> list[str]:
        raise StoreFullError("full")

    with monkeypatch.context() as patch:
        patch.setattr(cache.disk, "drop_tags", full)
        with pytest.raises(StoreFullError):
            cache.invalidate(["sku:1"])
    assert cache.get("a") is None
    assert cache.get("b") is None
    cache.invalidate(())
    assert cache.get("a") is None
    assert tier(cache, "b") == "disk"


def test_memory_is_bounded_by_bytes_and_entries() -> None:
    table: Lru[bytes] = Lru(max_bytes=10_000, max_entries=5)
    for number in range(50):
        table.put(f"k{number}", b"x" * 100, 100, (f"t{number}",))
    assert len(table) == 5
    assert table.tagged([f"t{n}" for n in range(50)]) == [f"k{n}" for n in range(45, 50)]
    table.get("k45")
    table.put("big", b"x" * 8_000, 8_000)
    assert table.bytes <= 10_000
    assert table.get("k45") is not None
    assert table.get("k46") is None
    assert not table.put("huge", b"", 10_001)


def test_a_full_memory_takes_what_is_asked_for_twice(folder: Path, clock: Clock) -> None:
    cache = AnswerCache(Lru(10**6, 2), DiskStore(folder, synchronous="NORMAL"), clock=clock)
    for key in ("a", "b", "c"):
        cache.put(key, b"v")
    assert [tier(cache, key) for key in ("a", "b", "c")] == ["disk"] * 3
    assert [tier(cache, key) for key in ("a", "b")] == ["memory"] * 2
    assert [tier(cache, "c") for _ in range(2)] == ["disk", "memory"]
    assert len(cache.memory) == 2
    cache.close()


def test_too_large_a_payload_is_refused_by_name(cache: AnswerCache) -> None:
    with pytest.raises(ValueRefusedError, match="over the limit"):
        cache.put("k", bytes(17 * 2**20))
