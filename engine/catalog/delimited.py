"""CSV as rows, so that a broken line costs itself and not the rest of the file."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from goeswith.engine.catalog.clean import clean, snake
from goeswith.engine.catalog.lines import MAX_LINE
from goeswith.engine.catalog.record import BadRow, Row
from goeswith.engine.errors import CatalogError

_DELIMITERS = ",\t;|"
_MAX_RECORD_LINES = 2000
_MAX_COLUMNS = 10_000


def read_delimited(path: Path, lines: Iterator[str | None]) -> Iterator[Row]:
    """Yield the rows under the header line. The delimiter is the commonest mark in the header.

    A quoted field may span lines. Where a quote is never closed only its first line is bad.

    Raises:
        CatalogError: There is no header.
    """
    csv.field_size_limit(MAX_LINE)
    feed = _Pushback(lines)
    header = next((line for line in feed if line is not None and line.strip()), None)
    if header is None:
        return
    delimiter = max(_DELIMITERS, key=header.count)
    names = _parse(header, delimiter)
    if isinstance(names, BadRow) or len(names) > _MAX_COLUMNS:
        raise CatalogError(f"The first line of {path} is no header with column names.")
    columns = _unique(names)
    for line in feed:
        if line is None:
            yield feed.number, BadRow("bad_line", f"longer than {MAX_LINE} characters")
        elif line.strip():
            number = feed.number
            yield number, _record(line, feed, delimiter, columns)


class _Pushback:
    """Lines with their number, counted from 1, that can be given back."""

    def __init__(self, lines: Iterator[str | None]) -> None:
        self._lines = lines
        self._back: deque[str | None] = deque()
        self.number = 0

    def __iter__(self) -> _Pushback:
        return self

    def __next__(self) -> str | None:
        line = self._back.popleft() if self._back else next(self._lines)
        self.number += 1
        return line

    def give_back(self, lines: list[str | None]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


def _record(
    line: str, feed: _Pushback, delimiter: str, columns: list[str]
) -> dict[str, str] | BadRow:
    if line.count('"') % 2 == 0:
        return _named(_parse(line, delimiter), columns)
    taken = _rest_of_record(feed)
    whole = line + "".join(part for part in taken if part is not None)
    named = _named(_parse(whole, delimiter), columns) if whole.count('"') % 2 == 0 else None
    if isinstance(named, dict):
        return named
    feed.give_back(taken)
    return _named(_parse(line, delimiter), columns)


def _rest_of_record(feed: _Pushback) -> list[str | None]:
    taken: list[str | None] = []
    size = 0
    for line in feed:
        taken.append(line)
        size += len(line or "")
        if line is None or line.count('"') % 2:
            break
        if len(taken) >= _MAX_RECORD_LINES or size > MAX_LINE:
            break
    return taken


def _parse(line: str, delimiter: str) -> list[str] | BadRow:
    try:
        return next(csv.reader((line,), strict=True, delimiter=delimiter), [])
    except csv.Error as error:
        return BadRow("bad_line", str(error))


def _named(cells: list[str] | BadRow, columns: list[str]) -> dict[str, str] | BadRow:
    if isinstance(cells, BadRow):
        return cells
    if len(cells) != len(columns):
        extra = cells[len(columns) :]
        if not extra or any(cell.strip() for cell in extra):
            detail = f"{len(cells)} fields where the header has {len(columns)}"
            return BadRow("bad_line", detail)
    return dict(zip(columns, cells, strict=False))


def _unique(names: list[str]) -> list[str]:
    seen: set[str] = set()
    columns = []
    for name in names:
        column = snake(clean(name))
        columns.append("" if column in seen else column)
        seen.add(column)
    return columns
