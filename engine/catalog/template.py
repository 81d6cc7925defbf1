"""Columns and templates of a feed, compiled to functions of a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from typing import TypeAlias

from goeswith.engine.catalog.clean import snake

Lookup: TypeAlias = Callable[[str], str]
"""Gives the text of a column (lower_snake_case) in the row at hand, "" where there is none."""

Reader: TypeAlias = Callable[[Lookup], str]

_SEGMENT = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")
_SLOT = re.compile(r"\{([^{}:]+)(:lower)?\}")
_WORD = re.compile(r"\w+")


def columns_of(spec: str | list[str]) -> list[str]:
    """Return the columns a field needs or may use, in order, as written in the feed."""
    found: list[str] = []
    for one in [spec] if isinstance(spec, str) else spec:
        found += [match.group(1) for match in _SLOT.finditer(one)] if "{" in one else [one]
    return [name for name in found if name]


def needed_by(spec: str | list[str]) -> list[list[str]]:
    """Return for each alternative of a field the columns without which it is empty."""
    specs = [spec] if isinstance(spec, str) else spec
    return [columns_of(_SEGMENT.sub(lambda m: m.group(2) or "", one)) for one in specs]


def compile_field(spec: str | list[str], names: Container[str] = ()) -> Reader:
    """Return a reader that gives the first alternative of `spec` that is not empty.

    `{Column:lower}` sets the first letter in lower case, but for a first word in `names`.
    """
    readers = [_compile(one, names) for one in ([spec] if isinstance(spec, str) else spec)]
    if len(readers) == 1:
        return readers[0]
    return lambda get: next((text for read in readers if (text := read(get))), "")


def _compile(spec: str, names: Container[str]) -> Reader:
    if "{" not in spec:
        column = snake(spec)
        return lambda get: get(column)
    segments = [
        (match.group(1) is not None, _parts(match.group(1) or match.group(2) or ""))
        for match in _SEGMENT.finditer(spec)
    ]
    return lambda get: _fill(segments, get, names)


def _parts(text: str) -> list[tuple[str, str, bool]]:
    """Split into (text before, column, lower first letter); the last column is empty."""
    parts, at = [], 0
    for slot in _SLOT.finditer(text):
        parts.append((text[at : slot.start()], snake(slot.group(1)), bool(slot.group(2))))
        at = slot.end()
    return [*parts, (text[at:], "", False)]


def _fill(
    segments: list[tuple[bool, list[tuple[str, str, bool]]]], get: Lookup, names: Container[str]
) -> str:
    text = ""
    for optional, parts in segments:
        values = [get(column) for _, column, _ in parts if column]
        if not all(values):
            if optional:
                continue
            return ""
        if optional and values and _says_nothing_new(values, text):
            continue
        filled = iter(values)
        for before, column, lower in parts:
            text += before
            if column:
                value = next(filled)
                text += _lower_first(value, names) if lower else value
    return text


def _says_nothing_new(values: Iterable[str], text: str) -> bool:
    said = set(_WORD.findall(text.casefold()))
    return all(said.issuperset(_WORD.findall(value.casefold())) for value in values)


def _lower_first(text: str, names: Container[str]) -> str:
    first = text.replace("/", " ").split(" ", 1)[0]
    keep = first in names or first[1:] != first[1:].lower()
    return text if keep else text[:1].lower() + text[1:]
