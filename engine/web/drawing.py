"""What a drawing of a subgraph consists of, and its measures. Units are CSS pixels."""

from __future__ import annotations

import msgspec

WIDTH = 244
"""Of a card."""
HEAD = 38
ROW = 26
FOOT = 8
INDENT = 28
"""From the edge of a card to its rows: room for the tree that joins them to the head."""
TRUNK = 15
BETWEEN = 24
"""Between cards of a column: room for lines that pass through."""
GAP = 128
"""Between ranks."""
FOLD = 72
"""Between columns of one rank."""
TALL = 860
"""A rank that is taller is folded into several columns."""
TOP = 34
MARGIN = 8
BULGE = 34
"""How far a line between two cards of one column leaves it."""


class Row(msgspec.Struct, frozen=True):
    """A product or product type inside a card."""

    node: str
    x: float
    y: float
    width: float
    height: float


class Box(msgspec.Struct, frozen=True):
    """A card. `need` is the need's id, empty for a node that belongs to no need."""

    need: str
    node: str
    rank: int
    column: int
    x: float
    y: float
    width: float
    height: float
    rows: tuple[Row, ...]


class Band(msgspec.Struct, frozen=True):
    """The columns of a rank."""

    rank: int
    x: float
    width: float


class Line(msgspec.Struct, frozen=True):
    """An edge as an SVG path, and the point where its name may stand."""

    edge: str
    path: str
    x: float
    y: float
    inside: bool


class After(msgspec.Struct, frozen=True):
    """A need that is resolved after another, as a path between their heads."""

    source: str
    target: str
    path: str


class Layout(msgspec.Struct, frozen=True):
    """Everything that is drawn of a subgraph."""

    width: float
    height: float
    ranks: tuple[Band, ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    after: tuple[After, ...]
