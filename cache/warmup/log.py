"""Query logs as a stream of questions with how often each was asked."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from goeswith.cache.warmup.formats import (
    Form,
    LogFormat,
    column_name,
    detect,
    load_format,
    value_at,
)
from goeswith.cache.warmup.lines import BadLine, Line, read_lines

MOST = 10**12
"""The largest count of one row that is believed."""

_DELIMITERS = ",\t;|"
_PROBED = 100
_TABLES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}

Fields = Mapping[str, object]


class Asked(NamedTuple):
    """One row: the line it stands on, the question, and how often it was asked."""

    line: int
    text: str
    times: int


class Bad(NamedTuple):
    """A row that cannot be used. `detail` holds nothing of the row."""

    line: int
    reason: str
    detail: str


class Other(NamedTuple):
    """A row about something else than a question."""

    line: int


Row = Asked | Bad | Other


def read_log(path: Path, chosen: str | Path | None = None) -> Iterator[Row]:
    """Yield the rows of a log: lines of text, CSV with a header, or JSON lines; gzipped or not.

    The content tells the form and, without `chosen`, the format. A quoted field of a CSV file ends
    on its own line.

    Args:
        path: The file.
        chosen: Name of a shipped format or path of a TOML file.

    Raises:
        LogError: The file or the format cannot be used; also while rows are read.
    """
    given = load_format(chosen) if chosen is not None else None
    written = ((number, line) for number, line in read_lines(path) if _written(line))
    first = list(islice(written, _PROBED))
    form = _form(path, first, given)
    lines = chain(first, written)
    if form == "lines":
        return (_plain(number, line) for number, line in lines)
    if form == "csv":
        return _table(path, lines, given)
    columns = {column_name(name) for _, line in first for name in _names(line)}
    return _rows(lines, _object, given or detect(form, columns, path))


def _written(line: str | BadLine) -> bool:
    return isinstance(line, BadLine) or bool(line.strip())


def _form(path: Path, first: list[Line], given: LogFormat | None) -> Form:
    if given is not None and len(given.reads) == 1:
        return given.reads[0]
    start = next((line for _, line in first if isinstance(line, str)), "")
    if start.lstrip()[:1] == "{":
        return "jsonl"
    if given is not None or any(suffix.casefold() in _TABLES for suffix in path.suffixes):
        return "csv"
    header = {column_name(cell) for cell in _cells(start, _delimiter(start))}
    return "csv" if header & set(load_format("table").query) else "lines"


def _plain(number: int, line: str | BadLine) -> Row:
    if isinstance(line, BadLine):
        return Bad(number, line.reason, line.detail)
    return Asked(number, line.strip(), 1)


def _table(path: Path, lines: Iterable[Line], given: LogFormat | None) -> Iterator[Row]:
    """Read the rows under the header. Lines before it that begin with # are comments."""
    rest = ((n, line) for n, line in lines if isinstance(line, BadLine) or line[0] != "#")
    header = next((line for _, line in rest if isinstance(line, str)), "")
    delimiter = _delimiter(header)
    columns = [column_name(cell) for cell in _cells(header, delimiter)]
    using = given or detect("csv", columns, path)

    def parse(line: str) -> Fields:
        cells = _cells(line, delimiter)
        if not cells:
            raise BadLine("bad_line", "a quote is not closed or stands in the wrong place")
        if len(cells) != len(columns):
            raise BadLine("bad_line", f"{len(cells)} fields where the header has {len(columns)}")
        return dict(zip(columns, cells, strict=True))

    return _rows(rest, parse, using)


def _rows(lines: Iterable[Line], parse: Callable[[str], Fields], using: LogFormat) -> Iterator[Row]:
    for number, line in lines:
        try:
            if isinstance(line, BadLine):
                raise line
            fields = parse(line)
            if all(_is(fields, path, accepted) for path, accepted in using.when.items()):
                yield Asked(number, _query(fields, using), _count(fields, using))
            else:
                yield Other(number)
        except BadLine as bad:
            yield Bad(number, bad.reason, bad.detail)


def _query(fields: Fields, using: LogFormat) -> str:
    for path in using.query:
        value = value_at(fields, path)
        if isinstance(value, str) and value.strip():
            return value.strip()
    raise BadLine("no_query", "no question")


def _count(fields: Fields, using: LogFormat) -> int:
    for path in using.count:
        value = value_at(fields, path)
        if value is None or value == "":
            continue
        number = value
        if isinstance(value, str):
            digits = value.strip().replace(",", "").removesuffix(".0")
            whole = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(MOST))
            number = int(digits) if whole else None
        elif isinstance(value, float) and value.is_integer():
            number = int(value)
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= MOST:
            raise BadLine("bad_count", f"the count is not a whole number from 1 to {MOST}")
        return number
    return 1


def _is(fields: Fields, path: str, accepted: tuple[str, ...]) -> bool:
    value = value_at(fields, path)
    return (str(value).strip().casefold() if value is not None else "") in accepted


def _object(line: str) -> Fields:
    try:
        decoded = msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.DecodeError, RecursionError):
        raise BadLine("bad_line", "not a JSON object") from None
    return {column_name(name): value for name, value in decoded.items()}


def _names(line: str | BadLine) -> list[str]:
    try:
        return list(_object(line)) if isinstance(line, str) else []
    except BadLine:
        return []


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader((line,), strict=True, delimiter=delimiter), [])
    except csv.Error:
        return []
