"""Draws edges as paths. A line inside a card is the branch of a tree, others are curves.

A curve passes the columns between its ends through the gaps between their cards. Lines that share
a row or a gap are spread over it, so that each can be pointed at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from goeswith.engine.web.drawing import (
    BETWEEN,
    BULGE,
    HEAD,
    INDENT,
    ROW,
    TRUNK,
    WIDTH,
    After,
    Box,
    Line,
)
from goeswith.engine.web.shape import Edge, Need

MARK = 6
"""From the edge of a row to the mark before its name."""

SPREAD = 0.6
"""The part of a row or gap over which its lines are spread."""

Point = tuple[float, float]


def draw(boxes: Sequence[Box], edges: Iterable[Edge], needs: Iterable[Need]) -> Drawn:
    """Return the lines of the edges and the marks of what comes after what.

    Edges with an end that is not drawn, and edges from a node to itself, are left out.
    """
    pen = _Pen(boxes)
    known = {
        e.id: (e.source, e.target)
        for e in edges
        if e.source in pen.box and e.target in pen.box and e.source != e.target
    }
    after = {
        f"{up} {need.id}": (f"need:{up}", f"need:{need.id}")
        for need in needs
        for up in need.depends_on
        if f"need:{up}" in pen.box and f"need:{need.id}" in pen.box and up != need.id
    }
    marks = [
        After(source.removeprefix("need:"), target.removeprefix("need:"), path)
        for (source, target), (path, _) in zip(
            after.values(), pen.curves(after, spread=False).values(), strict=True
        )
    ]
    inside = {name: ends for name, ends in known.items() if pen.is_branch(*ends)}
    outside = {name: ends for name, ends in known.items() if name not in inside}
    lines = {name: pen.branch(name, *ends) for name, ends in inside.items()}
    for name, (path, (x, y)) in pen.curves(outside, spread=True).items():
        lines[name] = Line(name, path, round(x, 2), round(y, 2), False)
    return [lines[name] for name in known], marks


Drawn = tuple[list[Line], list[After]]


class _Pen:
    """Knows where every node is and where lines may pass."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.box: dict[str, Box] = {}
        self._middle: dict[str, float] = {}
        self._above: dict[str, float] = {}
        self._columns: dict[int, list[Box]] = defaultdict(list)
        for box in boxes:
            self._columns[box.column].append(box)
            self.box[box.node] = box
            self._middle[box.node] = box.y + HEAD / 2
            above = box.y + HEAD - 5
            for row in box.rows:
                self.box[row.node] = box
                self._middle[row.node] = row.y + row.height / 2
                self._above[row.node] = above
                above = self._middle[row.node]
        self._gaps = {
            column: [
                *(box.y - BETWEEN / 2 for box in boxes),
                boxes[-1].y + boxes[-1].height + BETWEEN / 2,
            ]
            for column, boxes in self._columns.items()
        }

    def is_branch(self, source: str, target: str) -> bool:
        """Tell whether an edge joins a row to the head of its own card."""
        home = self.box[source]
        return bool(home.need) and target == home.node and source in self._above

    def branch(self, name: str, source: str, target: str) -> Line:
        """Draw the piece of trunk above a row and the branch to it."""
        box, y = self.box[target], self._middle[source]
        x, end = box.x + TRUNK, box.x + INDENT + MARK
        path = f"M{_n(x)} {_n(self._above[source])}V{_n(y)}H{_n(end)}"
        return Line(name, path, end, y, True)

    def curves(
        self, lines: dict[str, tuple[str, str]], *, spread: bool
    ) -> dict[str, tuple[str, Point]]:
        """Return the path of each line and the point where its name may stand."""
        ends: dict[object, list[tuple[float, str, int]]] = defaultdict(list)
        gaps: dict[tuple[int, float], list[tuple[float, str]]] = defaultdict(list)
        heights = {n: [self._middle[a], self._middle[b]] for n, (a, b) in lines.items()}
        for name, (source, target) in lines.items():
            ends[source, self._side(source, target)].append((self._middle[target], name, 0))
            ends[target, self._side(target, source)].append((self._middle[source], name, 1))
            for column, y in self._passed(source, target):
                gaps[column, y].append((self._middle[source], name))
        if spread:
            for shared in ends.values():
                for name, end, offset in _spread(shared, ROW * SPREAD):
                    heights[name][end] += offset
        through: dict[str, list[Point]] = defaultdict(list)
        for (column, y), passing in sorted(gaps.items()):
            ordered = [(height, name, 0) for height, name in passing]
            for name, _, offset in _spread(ordered, BETWEEN * SPREAD):
                through[name].append((self._columns[column][0].x, y + offset))
        return {
            name: self._curve(self.box[a], self.box[b], heights[name], through[name])
            for name, (a, b) in lines.items()
        }

    def _side(self, node: str, other: str) -> str:
        return "left" if self.box[other].column < self.box[node].column else "right"

    def _passed(self, source: str, target: str) -> list[tuple[int, float]]:
        """Return the gap through which a line passes each column between its ends."""
        a, b = self.box[source].column, self.box[target].column
        from_y, to_y = self._middle[source], self._middle[target]
        found = []
        for column in range(min(a, b) + 1, max(a, b)):
            part = (column - a) / (b - a)
            wanted = from_y + (to_y - from_y) * part
            found.append((column, min(self._gaps[column], key=lambda y: abs(y - wanted))))
        return found

    def _curve(
        self, a: Box, b: Box, heights: Sequence[float], through: Sequence[Point]
    ) -> tuple[str, Point]:
        from_y, to_y = heights
        if a.column == b.column:
            x, out = a.x + WIDTH, a.x + WIDTH + BULGE
            bend = f"C{_n(out)} {_n(from_y)} {_n(out)} {_n(to_y)} {_n(x)} {_n(to_y)}"
            return f"M{_n(x)} {_n(from_y)}{bend}", (out - BULGE / 4, (from_y + to_y) / 2)
        right = a.column < b.column
        x, end = (a.x + WIDTH, b.x) if right else (a.x, b.x + WIDTH)
        y, path = from_y, f"M{_n(x)} {_n(from_y)}"
        near, far = (0, WIDTH) if right else (WIDTH, 0)
        for left, gap in sorted(through, reverse=not right):
            path += f"{_bend(x, y, left + near, gap)}H{_n(left + far)}"
            x, y = left + far, gap
        return path + _bend(x, y, end, to_y), ((x + end) / 2, (y + to_y) / 2)


def _spread(shared: list[tuple[float, str, int]], room: float) -> Iterable[tuple[str, int, float]]:
    step = room / len(shared)
    for number, (_, name, end) in enumerate(sorted(shared)):
        yield name, end, (number - (len(shared) - 1) / 2) * step


def _bend(x1: float, y1: float, x2: float, y2: float) -> str:
    half = _n((x1 + x2) / 2)
    return f"C{half} {_n(y1)} {half} {_n(y2)} {_n(x2)} {_n(y2)}"


def _n(value: float) -> str:
    return f"{round(value, 1):g}"
