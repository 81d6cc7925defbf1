"""Formats of query logs, as data: where a row holds the question and how often it was asked.

A format is a TOML file. Three are shipped: `lines`, `table` and `ga4`. Values are paths: `a.b` is
field b of field a, and `a[x].b` is field b of the entry of list a whose `key` is x.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec

from goeswith.cache.warmup.errors import LogError

Form = Literal["lines", "csv", "jsonl"]

_NAME = r"[^.\[\]]+(?:\[[^\]]+\])?"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\]]+)\])?")


class LogFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to read one format.

    Attributes:
        name: What it is called.
        reads: The forms of files it is for.
        query: Paths of the question; the first that is there counts.
        count: Paths of how often it was asked; once where none is there.
        when: Path to accepted values, in lower case. Other rows are something else than a
            question, and are left out without being bad.
        requires: Columns that tell the format from others.
    """

    name: str
    reads: tuple[Form, ...]
    query: tuple[str, ...] = ()
    count: tuple[str, ...] = ()
    when: dict[str, tuple[str, ...]] = {}
    requires: tuple[str, ...] = ()

    def fits(self, form: Form, columns: Collection[str]) -> bool:
        """Tell whether files of this form with these columns can be read."""
        if form not in self.reads or not set(self.requires) <= set(columns):
            return False
        return form == "lines" or any(_root(path) in columns for path in self.query)


def load_format(chosen: str | Path) -> LogFormat:
    """Return a shipped format by name, or read one from a TOML file.

    Raises:
        LogError: There is no such format or file, or it cannot be read.
    """
    known = {found.name: found for found in shipped()}
    if str(chosen) in known:
        return known[str(chosen)]
    path = Path(chosen)
    if not path.is_file():
        raise LogError(
            f"There is no log format {str(chosen)!r}. Name one of {', '.join(sorted(known))}, "
            "or give the path of a TOML file."
        )
    try:
        return _decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise LogError(f"The log format {path} cannot be read: {error.strerror}.") from error


def detect(form: Form, columns: Collection[str], file: Path) -> LogFormat:
    """Return the first shipped format that fits, the most demanding first.

    Raises:
        LogError: None fits.
    """
    for candidate in shipped():
        if candidate.fits(form, columns):
            return candidate
    seen = ", ".join(sorted(columns)[:12]) or "none"
    names = ", ".join(load_format("table").query)
    raise LogError(
        f"No column of {file} holds questions. Its columns are: {seen}. Name one of them "
        f"{names}; or write one question a line and choose --format lines."
    )


@cache
def shipped() -> tuple[LogFormat, ...]:
    """Return the shipped formats, the most demanding first."""
    folder = resources.files(__package__) / "maps"
    found = [
        _decoded(entry.read_bytes(), entry.name)
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.requires), each.name)))


def column_name(name: str) -> str:
    """Return a column's name as formats write it."""
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def value_at(row: Mapping[str, object], path: str) -> object:
    """Return what stands at a path, or None."""
    value: object = row
    for name, key in _steps(path):
        value = value.get(name) if isinstance(value, Mapping) else None
        if key and isinstance(value, list):
            entries = (each for each in value if isinstance(each, dict))
            value = next((each for each in entries if each.get("key") == key), None)
    return value


@cache
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, key) for name, key in _STEP.findall(path))


def _root(path: str) -> str:
    return _steps(path)[0][0]


def _decoded(raw: bytes, name: str) -> LogFormat:
    try:
        found = msgspec.toml.decode(raw, type=LogFormat)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LogError(
            f"The log format {name} is not valid: {error}. It needs name, reads and query."
        ) from error
    paths = (*found.query, *found.count, *found.when)
    if not all(_PATH.fullmatch(path) for path in paths):
        raise LogError(
            f"The log format {name} has a path that cannot be read. Write a.b or a[x].b."
        )
    if not found.query and found.reads != ("lines",):
        raise LogError(f"The log format {name} names no query column.")
    return found
