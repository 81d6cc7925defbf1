"""Rows of CSV, TSV and JSON files, gzipped or not, as text."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from goeswith.eval.errors import EvalError

T = TypeVar("T")


def read_bytes(path: Path) -> bytes:
    """Return a file's content, unpacked.

    Raises:
        EvalError: the file is absent or damaged.
    """
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise EvalError(f"{path} cannot be read: {error}. Get the file again.") from error


def read_rows(path: Path, columns: Sequence[str], delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Yield the rows of a delimited file with a header.

    Raises:
        EvalError: the file cannot be read, or one of `columns` is not in its header.
    """
    text = read_bytes(path).decode("utf-8", errors="replace")
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
    there = reader.fieldnames or ()
    absent = [name for name in columns if name not in there]
    if absent:
        raise EvalError(f"{path} has no column {', '.join(absent)}. It has: {', '.join(there)}.")
    for row in reader:
        yield {name: row.get(name) or "" for name in there}


def read_json(path: Path, kind: type[T]) -> T:
    """Decode a JSON file.

    Raises:
        EvalError: the file cannot be read or is not what was expected.
    """
    try:
        return msgspec.json.decode(read_bytes(path), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EvalError(f"{path} is not in the expected format: {error}.") from error


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """Decode a file of JSON objects, one a line.

    Raises:
        EvalError: the file cannot be read or a line is not what was expected.
    """
    try:
        return msgspec.json.Decoder(kind).decode_lines(read_bytes(path))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EvalError(f"{path} is not in the expected format: {error}.") from error
