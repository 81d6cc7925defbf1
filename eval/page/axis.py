"""Where numbers stand on a plot, and the round numbers that its axis shows."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_WANTED = 5
_DECADES = 1.3
_LEAST = 1e-8
"""A smaller span, beside the size of the numbers, is none."""


class Axis(msgspec.Struct, frozen=True):
    """A scale from numbers to pixels. `log` needs numbers above 0."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of a number; numbers beyond the ends stand at the ends."""
        low, high, x = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, x = math.log(low), math.log(high), math.log(x)
        share = (x - low) / (high - low) if high > low else 0.5
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self) -> list[float]:
        """Return round numbers inside the scale."""
        if self.log and math.log10(self.high / self.low) >= _DECADES:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            every = max(1, math.ceil((last - first + 1) / (2 * _WANTED)))
            return [10.0**power for power in range(first, last + 1, every)]
        step = _step(self.high - self.low)
        first = math.ceil(self.low / step - 1e-9)
        count = math.floor((self.high - first * step) / step + 1e-9)
        return [round((first + i) * step, 10) + 0.0 for i in range(count + 1)]


def axis_for(
    values: Iterable[float], start: float, end: float, *, log: bool = False, zero: bool = True
) -> Axis:
    """Return a scale that holds all values, with 0 in it where `zero` asks for it.

    A logarithmic scale leaves out what is not above 0.
    """
    held = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    if not held:
        return Axis(0.1 if log else 0.0, 1.0, start, end, log)
    low, high = min(held), max(held)
    if log:
        return Axis(low / 1.3, max(high * 1.3, low * 2), start, end, log=True)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < _LEAST * max(1.0, abs(low), abs(high)):
        high = low + 1.0
    return Axis(low, high + (high - low) * 0.02, start, end)


def told(value: float) -> str:
    """Return an axis number, as short as it can be."""
    size = abs(value)
    if size >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    if size >= 10_000:
        return f"{value / 1_000:g}k"
    return f"{value:,.4g}" if size else "0"


def _step(span: float) -> float:
    rough = span / _WANTED
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(step * power for step in _STEPS if step * power >= rough - 1e-12)
