from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.engine.distil.journal import Journal, read_done
from goeswith.engine.errors import HomeWriteError


def test_what_is_noted_is_there_after_any_kill(tmp_path: Path) -> None:
    path = tmp_path / "distil" / "distil.jsonl"
    with Journal(path, "a") as journal:
        journal.add(["type:A", "type:B"])
        journal.add(["type:C"])
    whole = path.read_bytes()
    for cut in range(whole.index(b"type:A"), len(whole)):
        path.write_bytes(whole[:cut])
        before = read_done(path, "a")
        assert before <= {"type:A", "type:B", "type:C"}
        with Journal(path, "a") as journal:
            assert journal.done == before
            journal.add(["type:D"])
        assert read_done(path, "a") == before | {"type:D"}


def test_another_digest_or_a_restart_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "distil.jsonl"
    with Journal(path, "a") as journal:
        journal.add(["type:A"])
    assert read_done(path, "b") == set()
    with Journal(path, "a", restart=True) as journal:
        assert journal.done == set()
    assert read_done(path, "a") == set()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeWriteError, match="Cannot write"):
        Journal(tmp_path / "file" / "distil.jsonl", "a")
