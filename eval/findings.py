"""What a study found: tables of named figures, each with n and an interval, and curves."""

from __future__ import annotations

import msgspec

from goeswith.eval.model import Fact
from goeswith.eval.statistics import Interval

NOT_RUN = "not run"


class Row(msgspec.Struct, frozen=True):
    """Labels, and a figure for each of the table's measures; a text says why there is none."""

    labels: tuple[str, ...]
    figures: tuple[Interval | str, ...]


class Table(msgspec.Struct, frozen=True):
    """Rows of figures. `heads` name the labels, `measures` the figures, with their units."""

    title: str
    heads: tuple[str, ...]
    measures: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


class Curve(msgspec.Struct, frozen=True):
    """Lines over a number: name to points (x, figure)."""

    title: str
    x: str
    y: str
    lines: dict[str, tuple[tuple[float, Interval], ...]]
    note: str = ""


class Difference(msgspec.Struct, frozen=True):
    """One arm minus another on the same things; p is corrected (Holm) over the report."""

    arm: str
    against: str
    measure: str
    difference: Interval
    p: float
    p_holm: float
    significant: bool
    better: bool
    """The difference is in the arm's favour, whether or not it is significant."""


class Findings(msgspec.Struct, frozen=True):
    """All that a study has to say. `headline` is one sentence that the figures bear out."""

    tables: tuple[Table, ...]
    curves: tuple[Curve, ...] = ()
    differences: tuple[Difference, ...] = ()
    facts: dict[str, Fact] = {}
    headline: str = ""
