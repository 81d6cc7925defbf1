"""Counters for Prometheus. Labels come from fixed lists and never hold what a caller sent.

Everything is counted on the event loop, so a count is an addition and takes no lock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

BOUNDS = (
    *(0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper bounds of the latency buckets, in seconds."""

Labels = tuple[str, ...]

_HIT = ("/v1/ask", "200")


class Histogram:
    """How often a duration fell into each bucket."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> Iterator[tuple[str, float]]:
        """Give the cumulative counts as Prometheus wants them."""
        so_far = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.counts, strict=True):
            so_far += count
            yield bound, so_far


class Tally:
    """Counts by labels."""

    def __init__(self) -> None:
        self.counts: dict[Labels, float] = {}

    def add(self, labels: Labels, amount: float = 1.0) -> None:
        """Add to a count."""
        self.counts[labels] = self.counts.get(labels, 0.0) + amount


class Metrics:
    """What this process has counted."""

    def __init__(self) -> None:
        self.requests = Tally()
        self.degraded = Tally()
        self.refused = Tally()
        self.lm = Tally()
        self._latency: dict[str, Histogram] = {}

    def answered(self, route: str, status: int, tier: str, seconds: float) -> None:
        """Count a response. `tier` is that of an answer, and empty for other responses."""
        self.requests.add((route, str(status)))
        if tier:
            histogram = self._latency.get(tier)
            if histogram is None:
                histogram = self._latency[tier] = Histogram()
            histogram.observe(seconds)

    def hit(self, tier: str, seconds: float) -> None:
        """Count a hit that took the short way."""
        self.requests.counts[_HIT] = self.requests.counts.get(_HIT, 0.0) + 1.0
        histogram = self._latency.get(tier)
        if histogram is None:
            histogram = self._latency[tier] = Histogram()
        histogram.observe(seconds)

    def latency(self) -> Iterable[tuple[str, Histogram]]:
        """Give the latency of answers by tier."""
        return sorted(self._latency.items())
