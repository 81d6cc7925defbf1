"""Files as streams of rows. Knows formats and encodings, nothing of feeds or products."""

from __future__ import annotations

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from goeswith.engine.catalog.delimited import read_delimited
from goeswith.engine.catalog.jsonrows import read_array, read_lines
from goeswith.engine.catalog.lines import text_lines
from goeswith.engine.catalog.parquet import read_parquet
from goeswith.engine.catalog.record import Row, Source
from goeswith.engine.errors import CatalogError

_GZIP, _PARQUET, _ZIP = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
_BLANK = b"\0\t\r\n \xef\xbb\xbf\xff\xfe"
_TABULAR = {".csv", ".tsv", ".tab"}
_PROBED = 1000


def open_source(path: Path) -> Source:
    """Open a CSV, JSON lines, JSON array or Parquet file, gzipped or not. The content decides.

    Raises:
        CatalogError: The file is missing, empty, damaged, or of a kind that cannot be read. While
            rows are read: the file turns out to be damaged.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise CatalogError(f"Cannot read the catalog {path}: {error.strerror}.") from error
    if magic == _ZIP:
        raise CatalogError(f"{path} is a ZIP or Excel file. Export it as CSV, JSONL or Parquet.")
    changed: Counter[str] = Counter()
    if magic == _PARQUET:
        columns, rows, total = read_parquet(path)
        return Source(path.name, columns, _guarded(path, rows), total, changed)
    rows = _guarded(path, _text_rows(path, magic[:2] == _GZIP, changed))
    first = list(islice(rows, _PROBED))
    names = {name: None for _, values in first if isinstance(values, dict) for name in values}
    if not first:
        raise CatalogError(f"The catalog {path} is empty.")
    return Source(path.name, list(names), chain(first, rows), None, changed)


def _text_rows(path: Path, zipped: bool, changed: Counter[str]) -> Iterator[Row]:
    with path.open("rb") as file:
        raw = io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 16) if zipped else file
        head = raw.peek(1 << 13)
        if head.startswith(_PARQUET):
            raise CatalogError(f"{path} is a gzipped Parquet file. Unpack it with gunzip.")
        start = head.lstrip(_BLANK)
        suffixes = {suffix.casefold() for suffix in path.suffixes}
        if suffixes & _TABULAR or start[:1] not in {b"{", b"["}:
            yield from read_delimited(path, text_lines(raw, head, changed))
        elif start[:1] == b"[":
            yield from read_array(path, raw)
        else:
            yield from read_lines(text_lines(raw, head, changed))


def _guarded(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    last = 0
    try:
        for row in rows:
            last = row[0]
            yield row
    except (OSError, EOFError, zlib.error) as error:
        raise CatalogError(
            f"{path} is damaged after row {last}: {error}. Export or copy it again."
        ) from error
