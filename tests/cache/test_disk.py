import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.errors import StoreBusyError, StoreClosedError, StoreReadOnlyError
from goeswith.cache.rows import TAGGED, tag_number
from goeswith.cache.slots import Slots
from goeswith.cache.store import Item


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> Iterator[DiskStore]:
    made = DiskStore(folder, synchronous="NORMAL")
    yield made
    made.close()


def sql(folder: Path, statement: str, *arguments: object) -> list[tuple[object, ...]]:
    con = sqlite3.connect(folder / "cache.db", isolation_level=None)
    try:
        return con.execute(statement, arguments).fetchall()
    finally:
        con.close()


def test_the_folder_is_for_its_owner_alone(store: DiskStore) -> None:
    store.set("k", b"v")
    assert store.directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in store.directory.iterdir()} == {0o600}


def test_a_folder_that_was_open_to_others_is_closed(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    DiskStore(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("wanted", "number"), [("FULL", 2), ("NORMAL", 1)])
def test_pragmas(folder: Path, wanted: str, number: int) -> None:
    store = DiskStore(folder, synchronous=wanted)  # type: ignore[arg-type]
    con = store._con()
    names = ("synchronous", "mmap_size", "journal_mode", "trusted_schema")
    assert [con.execute(f"PRAGMA {name}").fetchone()[0] for name in names] == [number, 0, "wal", 0]
    store.close()


def test_what_was_written_is_there_after_opening_again(folder: Path) -> None:
    first = DiskStore(folder)
    first.set("k", b"v", tags=("t",))
    first.drop_tags(["other"])
    generation = first.generation()
    first.close()
    second = DiskStore(folder)
    assert second.get("k") == b"v"
    assert list(second.scan_tag("t")) == ["k"]
    assert second.generation() == generation
    second.close()


def test_a_closed_store_says_so(folder: Path) -> None:
    store = DiskStore(folder)
    store.close()
    for use in (
        lambda: store.get("k"),
        lambda: store.set("k", b"v"),
        lambda: list(store.scan_tag("t")),
    ):
        with pytest.raises(StoreClosedError, match="Open it again"):
            use()


def test_the_size_limit_takes_the_expired_first_then_the_oldest(folder: Path) -> None:
    store = DiskStore(folder, size_limit=10_000, synchronous="NORMAL")
    cache = AnswerCache(disk=store)
    store.set("expired", bytes(1_000), expire=1.0)
    for number in range(9):
        store.set(f"k{number}", bytes(1_000), tags=(f"t{number}",))
    assert store.stats()[:3] == (10, 10_000, 0)
    store.set("more", bytes(600))
    assert store.get("expired") is None
    assert store.get("k0") is None
    assert store.get("k1") is not None
    assert list(store.scan_tag("t0")) == []
    assert store.stats().bytes <= 9_600
    assert store.stats().evicted == 2
    cache.close()


def test_reading_writes_nothing(store: DiskStore, folder: Path) -> None:
    store.set("k", b"v")
    con = store._con()
    before = con.execute("PRAGMA data_version").fetchone(), con.total_changes
    wal = (folder / "cache.db-wal").stat().st_size
    for _ in range(50):
        store.get("k")
    assert (con.execute("PRAGMA data_version").fetchone(), con.total_changes) == before
    assert (folder / "cache.db-wal").stat().st_size == wal


def test_purge_takes_what_expired(store: DiskStore) -> None:
    store.set("old", b"v", expire=100.0)
    store.set("new", b"v", expire=300.0)
    store.set("ever", b"v")
    assert store.purge(200.0) == 1
    assert store.stats().entries == 2


def test_queries_by_tag_never_walk_the_store(store: DiskStore) -> None:
    con = store._con()
    for query in (
        f"SELECT Cache.key {TAGGED}",
        "SELECT COUNT(*) FROM EntryTag WHERE tag = ?",
        "DELETE FROM EntryTag WHERE entry = ?",
        "SELECT 1 FROM Dropped WHERE tag = ?",
        "SELECT key FROM Cache WHERE expire_time < ?",
    ):
        plan = [row[3] for row in con.execute(f"EXPLAIN QUERY PLAN {query}", (1,))]
        assert not any(step.startswith("SCAN") for step in plan), plan


def test_tag_numbers_are_pinned() -> None:
    assert tag_number("sku:4711") == 6622282789911470414
    assert 0 <= tag_number("\ud800") < 2**63


def test_value_and_tags_are_written_together(
    store: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set("k", b"old", tags=("old",))
    monkeypatch.setattr("goeswith.cache.rows.tag_number", lambda _: 2**80)
    with pytest.raises(OverflowError):
        store.set("k", b"new", tags=("new",))
    monkeypatch.undo()
    assert store.get("k") == b"old"
    assert list(store.scan_tag("old")) == ["k"]
    store.set("k", b"newer")
    assert store.get("k") == b"newer"


@pytest.mark.parametrize("damage", [b"garbage " * 1_000, b"SQLite format 3\x00" + b"\xff" * 9_000])
def test_a_damaged_file_is_set_aside_with_one_line(
    folder: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store = DiskStore(folder)
    store.set("k", b"v")
    store.close()
    (folder / "cache.db").write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        store = DiskStore(folder)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "starts empty" in caplog.text
    assert store.get("k") is None
    store.set("k", b"new")
    assert store.get("k") == b"new"
    assert (folder / "quarantine" / "0001" / "cache.db").read_bytes() == damage
    store.close()


def test_only_the_newest_damaged_files_are_kept(folder: Path) -> None:
    for _ in range(5):
        DiskStore(folder).close()
        (folder / "cache.db").write_bytes(b"garbage " * 1_000)
    DiskStore(folder).close()
    assert sorted(path.name for path in (folder / "quarantine").iterdir()) == [
        "0003",
        "0004",
        "0005",
    ]


def test_damage_that_somebody_repaired_is_not_repaired_again(
    folder: Path, store: DiskStore
) -> None:
    store.get("k")
    other = DiskStore(folder, synchronous="NORMAL")
    error = sqlite3.DatabaseError("malformed")
    other.get("k")
    other._replace(error)
    other.set("k", b"v")
    store._replace(error)
    assert store.get("k") == b"v"
    other.close()


def test_a_database_of_somebody_else_is_set_aside(folder: Path) -> None:
    folder.mkdir()
    sql(folder, "CREATE TABLE Cache(key TEXT, data TEXT)")
    store = DiskStore(folder)
    store.set("k", b"v")
    assert store.get("k") == b"v"
    assert (folder / "quarantine" / "0001" / "cache.db").exists()
    store.close()


def test_damage_met_while_open_is_a_miss_and_then_an_empty_store(
    folder: Path, store: DiskStore
) -> None:
    other = DiskStore(folder, synchronous="NORMAL")
    for number in range(200):
        store.set(f"k{number}", bytes(2_000))
    store._con().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "cache.db").open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(0)
        file.write(b"\xa5" * size)
    other._database.forget_connections()
    since = other.generation()
    assert other.get("k7") is None
    other.drop_tags(["t"])
    assert other.set_many([Item("old", b"v", ("t",))], since=since) == 0
    other.set("new", b"v")
    assert other.get("new") == b"v"
    assert store.get("new") == b"v"
    store.set("more", b"v")
    assert other.get("more") == b"v"
    third = DiskStore(folder)
    assert [third.get(key) for key in ("new", "more")] == [b"v", b"v"]
    third.close()
    other.close()


def test_a_writer_that_does_not_end_is_named(store: DiskStore, folder: Path) -> None:
    second = DiskStore(folder, timeout=0.05)
    with store.slots.writing(), pytest.raises(StoreBusyError, match="Try again"):
        second.set("k", b"v")
    second.set("k", b"v")
    second.close()


def test_counters_left_odd_by_a_killed_writer_are_mended(tmp_path: Path) -> None:
    slots = Slots()
    slots.attach(tmp_path / "slots")
    with slots.writing() as announce:
        announce.keys(["k"])
        assert slots.view[Slots.slot("k")] & 1
        announce._marked.clear()
        slots.view[2] = 1
        announce.settle = lambda: None  # type: ignore[method-assign]
    assert slots.view[Slots.slot("k")] & 1
    with slots.writing():
        assert slots.view[Slots.slot("k")] == 2


def test_a_copy_is_not_kept_while_its_key_is_being_written(folder: Path) -> None:
    cache = AnswerCache(disk=DiskStore(folder))
    cache.put("k", b"v")
    assert cache.disk is not None
    with cache.disk.slots.writing() as announce:
        announce.keys(["k"])
        hits = [cache.get("k"), cache.get("k")]
    assert [hit.tier for hit in hits if hit] == ["disk", "disk"]
    cache.close()


def test_slots_that_cannot_be_shared_vouch_for_nothing() -> None:
    slots = Slots()
    slots.distrust()
    assert all(number & 1 for number in slots.view)
    with pytest.raises(StoreReadOnlyError), slots.writing():
        pass


def test_a_forked_child_uses_the_store(folder: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from goeswith.cache.disk import DiskStore
store = DiskStore(Path(sys.argv[1]))
store.set("parent", b"v")
pid = os.fork()
if pid == 0:
    assert store.get("parent") == b"v"
    store.set("child", b"v")
    store.close()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert store.get("child") == b"v"
store.set("after", b"v")
assert store.get("after") == b"v"
store.close()
"""
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, timeout=60)
