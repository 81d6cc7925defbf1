import sqlite3
from pathlib import Path

import pytest

from goeswith.cache.paraphrase.bound import MOST_OBSERVATIONS
from goeswith.cache.paraphrase.journal import FILE_NAME, Change, Journal, Sight


def test_each_reader_goes_on_from_where_it_was(tmp_path: Path) -> None:
    one, other = Journal(tmp_path, "s"), Journal(tmp_path, "s")
    one.put("a", b"1")
    assert other.changes() == ([Change("a", b"1")], [])
    assert other.changes() == ([], [])
    one.put("a", b"2")
    one.put("b", b"3")
    one.see(Sight("a", 0.5, True))
    assert other.changes() == (
        [Change("a", b"2"), Change("b", b"3")],
        [Sight("a", 0.5, True)],
    )
    other.forget(["a"])
    assert one.changes() == ([Change("b", b"3"), Change("a", None)], [])


def test_a_forgotten_entry_takes_its_observations_along(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "s")
    journal.put("a", b"1")
    journal.see(Sight("a", 0.5, True))
    journal.forget(["a"])
    assert Journal(tmp_path, "s").changes() == ([Change("a", None)], [])


def test_observations_of_an_entry_are_bounded(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "s")
    for number in range(MOST_OBSERVATIONS + 5):
        journal.see(Sight("a", number / 1000, True))
    _, sights = Journal(tmp_path, "s").changes()
    assert len(sights) == MOST_OBSERVATIONS
    assert sights[0].similarity == 0.005


def test_entries_of_another_embedder_are_not_seen(tmp_path: Path) -> None:
    Journal(tmp_path, "use/512").put("a", b"1")
    assert Journal(tmp_path, "hash/256").changes() == ([], [])


@pytest.mark.parametrize("damage", [b"not a database at all" * 300, b""])
def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: bytes) -> None:
    journal = Journal(tmp_path, "s")
    journal.put("a", b"1")
    journal.close()
    (tmp_path / FILE_NAME).write_bytes(damage)
    again = Journal(tmp_path, "s")
    again.changes()
    assert again.changes() == ([], [])
    assert again.put("b", b"2")
    assert Journal(tmp_path, "s").changes()[0] == [Change("b", b"2")]


def test_another_process_finds_the_file_that_replaced_a_damaged_one(tmp_path: Path) -> None:
    reader, writer = Journal(tmp_path, "s"), Journal(tmp_path, "s")
    writer.put("a", b"1")
    reader.changes()
    writer.close()
    for suffix in ("", "-wal", "-shm"):
        path = tmp_path / (FILE_NAME + suffix)
        if path.exists():
            path.replace(tmp_path / f"gone{suffix}")
    writer.put("b", b"2")
    assert reader.changes()[0] == [Change("b", b"2")]
    writer.close()
    reader.close()


def test_planted_rows_of_other_types_are_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "s")
    journal.put("a", b"1")
    with sqlite3.connect(tmp_path / FILE_NAME) as con:
        con.execute("INSERT INTO Entry(name, space, blob) VALUES ('b', 's', 'text')")
        con.execute("INSERT INTO Entry(name, space, blob) VALUES (x'00', 's', x'00')")
        con.execute("INSERT INTO Seen(name, similarity, correct) VALUES ('a', 'x', 1)")
    con.close()
    assert Journal(tmp_path, "s").changes() == ([Change("a", b"1")], [])


def test_a_folder_that_cannot_be_made_keeps_nothing_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    journal = Journal(tmp_path / "file" / "folder", "s")
    assert journal.put("a", b"1") is False
    assert journal.changes() == ([], [])


def test_no_folder_keeps_nothing() -> None:
    journal = Journal(None, "s")
    assert journal.put("a", b"1") is False
    assert journal.changes() == ([], [])
