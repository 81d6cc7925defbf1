from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from goeswith.eval.errors import EvalError
from goeswith.eval.loaders.rows import read_json, read_lines, read_rows


def test_plain_and_zipped_files_read_alike(tmp_path: Path) -> None:
    text = 'a,b\n1,"two\nlines"\n3\n'
    (tmp_path / "x.csv").write_text(text)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(text.encode()))
    rows = [list(read_rows(tmp_path / name, ("a", "b"))) for name in ("x.csv", "x.csv.gz")]
    assert rows[0] == rows[1] == [{"a": "1", "b": "two\nlines"}, {"a": "3", "b": ""}]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(b"\x1f\x8bbroken")
    with pytest.raises(EvalError, match="cannot be read"):
        read_json(tmp_path / "x.gz", list[int])
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(EvalError, match="expected format"):
        read_json(tmp_path / "x.json", list[int])
    with pytest.raises(EvalError, match="expected format"):
        read_lines(tmp_path / "x.json", int)
    with pytest.raises(EvalError, match="no column b"):
        list(read_rows(tmp_path / "x.json", ("b",)))
