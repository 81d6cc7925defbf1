"""JSON lines and JSON arrays as rows of text values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

from goeswith.engine.catalog.clean import snake
from goeswith.engine.catalog.lines import MAX_LINE
from goeswith.engine.catalog.record import BadRow, Row, Values
from goeswith.engine.errors import CatalogError

_MAX_ARRAY = 1 << 30
_MAX_KEYS = 10_000
_decode = msgspec.json.Decoder().decode


def read_lines(lines: Iterator[str | None]) -> Iterator[Row]:
    """Yield one row a line; a line that is no JSON object is a bad row."""
    for number, line in enumerate(lines, start=1):
        if line is None:
            yield number, BadRow("bad_line", f"longer than {MAX_LINE} characters")
        elif line.strip():
            yield number, _object(line)


def read_array(path: Path, stream: BinaryIO) -> Iterator[Row]:
    """Yield the objects of one array, numbered from 1.

    Raises:
        CatalogError: The array cannot be parsed or is too large to be held.
    """
    data = stream.read(_MAX_ARRAY + 1)
    if len(data) > _MAX_ARRAY:
        raise CatalogError(f"The JSON array {path} is over 1 GiB. Write one object a line (JSONL).")
    try:
        items = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        raise CatalogError(
            f"The JSON array {path} cannot be read: {error}. "
            "Written as one object a line (JSONL) a bad row costs only itself."
        ) from error
    del data
    for number, item in enumerate(items, start=1):
        yield number, _object(bytes(item))


def flatten(value: dict[str, object]) -> Values:
    """Return a nested object as text by column.

    Lists of scalars are joined with "|", inner objects become "outer_inner" columns, a list of
    objects becomes "a:b:c, a:b:c" from their values (the text form of Merchant Center).
    """
    flat: Values = {}
    _flatten_into(flat, "", value)
    return flat


def _object(text: str | bytes) -> Values | BadRow:
    try:
        value = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        value = _lenient(text)
    if isinstance(value, BadRow):
        return value
    if not isinstance(value, dict):
        return BadRow("bad_line", "not a JSON object")
    if len(value) > _MAX_KEYS:
        return BadRow("bad_line", f"more than {_MAX_KEYS} keys")
    try:
        return flatten(value)
    except RecursionError:
        return BadRow("bad_line", "nested too deeply")


def _lenient(text: str | bytes) -> object:
    """Parse what the strict decoder refuses but can be cleaned, such as lone surrogates."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        return BadRow("bad_line", "nested too deeply")
    except ValueError as error:
        return BadRow("bad_line", str(error))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _flatten_into(flat: Values, prefix: str, value: dict[str, object]) -> None:
    for key, inner in value.items():
        name = snake(f"{prefix}_{key}" if prefix else key)
        if isinstance(inner, dict):
            _flatten_into(flat, name, inner)
        elif (text := _text(inner)) and not flat.get(name):
            flat[name] = text


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, dict):
        return ":".join(text for inner in value.values() if (text := _text(inner)))
    if isinstance(value, list | tuple):
        mark = ", " if any(isinstance(inner, dict) for inner in value) else "|"
        return mark.join(text for inner in value if (text := _text(inner)))
    return str(value).removesuffix(".0")
