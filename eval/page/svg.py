"""Plots as inline SVG: means with their intervals, and lines with bands. Colours are the page's."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import msgspec

from goeswith.eval.findings import Curve
from goeswith.eval.page.axis import Axis, axis_for, told
from goeswith.eval.statistics import Interval

WIDTH = 720
_LABEL = 190
_RIGHT = 24
_ROW = 26
_TOP = 8
_FOOT = 44
_HEIGHT = 300
_LEFT = 64
_HUES = 8
_WIDE_RATIO = 50.0


class Mark(msgspec.Struct, frozen=True):
    """One row of an interval plot. `hue` is "own", "other", "good", "bad" or "none"."""

    label: str
    value: Interval
    hue: str = "other"


def intervals(marks: Sequence[Mark], unit: str, *, log: bool = False) -> str:
    """Return a plot with one row a mark: a dot at the mean, a bar from the lower to the upper end.

    Args:
        marks: the rows, top to bottom.
        unit: what the axis counts.
        log: a logarithmic axis.
    """
    ends = [x for mark in marks for x in (mark.value.low, mark.value.mean, mark.value.high)]
    axis = axis_for(ends, _LABEL, WIDTH - _RIGHT, log=log)
    bottom = _TOP + _ROW * len(marks)
    parts = [_grid(axis, bottom, unit)]
    for place, mark in enumerate(marks):
        y = _TOP + _ROW * place + _ROW / 2
        low, mean, high = (axis.at(x) for x in (mark.value.low, mark.value.mean, mark.value.high))
        parts.append(
            f'<g class="{escape(mark.hue)}"><title>{escape(mark.label)}: '
            f"{mark.value.mean:,.4g} [{mark.value.low:,.4g}, {mark.value.high:,.4g}], "
            f"n = {mark.value.n}</title>"
            f'<text class="label" x="{_LABEL - 12}" y="{y + 4:.1f}">{escape(mark.label)}</text>'
            f'<line class="bar" x1="{low}" x2="{high}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<circle cx="{mean}" cy="{y:.1f}" r="4.5"/></g>'
        )
    if axis.low < 0 < axis.high:
        zero = axis.at(0.0)
        parts.append(f'<line class="zero" x1="{zero}" x2="{zero}" y1="{_TOP}" y2="{bottom}"/>')
    return _svg(parts, bottom + _FOOT, unit)


def lines(curve: Curve) -> str:
    """Return a plot of a curve's lines, each with a band between its intervals' ends."""
    xs = [x for points in curve.lines.values() for x, _ in points]
    ys = [y for points in curve.lines.values() for _, v in points for y in (v.low, v.mean, v.high)]
    positive = [x for x in xs if x > 0]
    log_x = len(positive) == len(xs) and bool(xs) and max(xs) / min(xs) >= _WIDE_RATIO
    across = axis_for(xs, _LEFT, WIDTH - _LABEL, log=log_x, zero=False)
    up = axis_for(ys, _HEIGHT - _FOOT, _TOP)
    parts = [_frame(across, up, curve)]
    taken: list[float] = []
    for number, (name, points) in enumerate(curve.lines.items()):
        if not points:
            continue
        ordered = sorted(points, key=lambda point: point[0])
        top = [(across.at(x), up.at(v.high)) for x, v in ordered]
        middle = [(across.at(x), up.at(v.mean)) for x, v in ordered]
        low = [(across.at(x), up.at(v.low)) for x, v in reversed(ordered)]
        y = _free(middle[-1][1], taken)
        parts.append(
            f'<g class="hue{number % _HUES}"><title>{escape(name)}</title>'
            f'<polygon class="band" points="{_points([*top, *low])}"/>'
            f'<polyline class="line" points="{_points(middle)}"/>'
            + "".join(f'<circle cx="{x}" cy="{y}" r="2.6"/>' for x, y in middle)
            + f'<text class="name" x="{WIDTH - _LABEL + 10}" y="{y + 4:.1f}">{escape(name)}</text>'
            "</g>"
        )
    return _svg(parts, _HEIGHT, curve.title)


def _free(y: float, taken: list[float]) -> float:
    """Return a height near `y` for a name, so that names do not cover each other."""
    while any(abs(y - other) < 15 for other in taken):
        y += 15 if y < _HEIGHT / 2 else -15
        if not 0 < y < _HEIGHT:
            break
    taken.append(y)
    return y


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _grid(axis: Axis, bottom: float, unit: str) -> str:
    parts = []
    for tick in axis.ticks():
        x = axis.at(tick)
        parts.append(
            f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{bottom}"/>'
            f'<text class="tick" x="{x}" y="{bottom + 16}">{told(tick)}</text>'
        )
    middle = (axis.start + axis.end) / 2
    parts.append(f'<text class="unit" x="{middle}" y="{bottom + 36}">{escape(unit)}</text>')
    return "".join(parts)


def _frame(across: Axis, up: Axis, curve: Curve) -> str:
    bottom = _HEIGHT - _FOOT
    parts = []
    for tick in across.ticks():
        x = across.at(tick)
        parts.append(f'<text class="tick" x="{x}" y="{bottom + 16}">{told(tick)}</text>')
    for tick in up.ticks():
        y = up.at(tick)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{across.end}" y1="{y}" y2="{y}"/>'
            f'<text class="tick end" x="{_LEFT - 8}" y="{y + 4}">{told(tick)}</text>'
        )
    middle = (across.start + across.end) / 2
    parts.append(f'<text class="unit" x="{middle}" y="{bottom + 36}">{escape(curve.x)}</text>')
    height = (_TOP + bottom) / 2
    turned = f"translate(14 {height}) rotate(-90)"
    parts.append(f'<text class="unit" transform="{turned}">{escape(curve.y)}</text>')
    return "".join(parts)


def _svg(parts: Sequence[str], height: float, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg>"
    )
