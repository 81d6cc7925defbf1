"""What a reader yields: one row of a file, good or bad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Values: TypeAlias = dict[str, str]
"""Column name (lower_snake_case) to text. Empty columns may be absent."""


class BadRow(NamedTuple):
    """A row that could not be read: a reason code and what was wrong."""

    reason: str
    detail: str


Row: TypeAlias = tuple[int, Values | BadRow]
"""Row or line number in the file, counted from 1, and what stood there."""


class Source(NamedTuple):
    """One file: its name for messages, its columns, its rows and their number where known.

    `changed` counts what had to be altered to read the file; it grows while rows are read.
    """

    name: str
    columns: list[str]
    rows: Iterator[Row]
    total: int | None
    changed: Counter[str]
