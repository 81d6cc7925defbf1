"""Counters for Prometheus. Labels come from fixed lists and never hold what a caller sent.

Everything is counted on the event loop, so a count is an addition and takes no lock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

BOUNDS = (
    *(0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper bounds of the latency buckets, in seconds."""

Labels = tuple[str, ...]

_HIT = ("/v1/ask", "200")


def _empty() -> list[int]:
    return [0] * (len(BOUNDS) + 1)


class Histogram(msgspec.Struct):
    """How often a duration fell into each bucket, and the sum of all durations in seconds."""

    counts: list[int] = msgspec.field(default_factory=_empty)
    total: float = 0.0

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

    def __add__(self, other: Histogram) -> Histogram:
        counts = [own + more for own, more in zip(self.counts, other.counts, strict=True)]
        return Histogram(counts, self.total + other.total)


class State(msgspec.Struct, frozen=True):
    """What one process does now, or what several do together.

    Attributes:
        running: builds that have begun.
        queued: builds that wait.
        ready: processes that can answer new questions.
        workers: processes.
        breakers: processes by language model and the state of its breaker there.
    """

    running: int = 0
    queued: int = 0
    ready: int = 0
    workers: int = 0
    breakers: dict[Labels, float] = {}

    def __add__(self, other: State) -> State:
        return State(
            self.running + other.running,
            self.queued + other.queued,
            self.ready + other.ready,
            self.workers + other.workers,
            _sum(self.breakers, other.breakers),
        )


class Counted(msgspec.Struct):
    """What one process has counted since it began, or what several have.

    Attributes:
        requests: responses by route and status.
        latency: time to an answer by cache tier.
        shed: builds refused for want of room.
        lost: log lines that were not written.
        restarts: processes that built, were lost and replaced.
    """

    requests: dict[Labels, float] = {}
    latency: dict[str, Histogram] = {}
    shed: int = 0
    lost: int = 0
    restarts: int = 0

    def __add__(self, other: Counted) -> Counted:
        tiers = sorted(self.latency.keys() | other.latency.keys())
        none = Histogram()
        return Counted(
            _sum(self.requests, other.requests),
            {t: self.latency.get(t, none) + other.latency.get(t, none) for t in tiers},
            self.shed + other.shed,
            self.lost + other.lost,
            self.restarts + other.restarts,
        )


class Figures(msgspec.Struct, frozen=True):
    """Everything that is told of one process, or of several."""

    counted: Counted
    state: State

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.counted + other.counted, self.state + other.state)


class Metrics:
    """What this process counts, on top of what was counted in its place before it."""

    def __init__(self, before: Counted | None = None) -> None:
        self.counted = before or Counted()

    def answered(self, route: str, status: int, tier: str, seconds: float) -> None:
        """Count a response. `tier` is that of an answer, and empty for other responses."""
        self._count((route, str(status)))
        if tier:
            self._observe(tier, seconds)

    def hit(self, tier: str, seconds: float) -> None:
        """Count a hit that took the short way."""
        self._count(_HIT)
        self._observe(tier, seconds)

    def _count(self, labels: Labels) -> None:
        requests = self.counted.requests
        requests[labels] = requests.get(labels, 0.0) + 1.0

    def _observe(self, tier: str, seconds: float) -> None:
        histogram = self.counted.latency.get(tier)
        if histogram is None:
            histogram = self.counted.latency[tier] = Histogram()
        histogram.observe(seconds)


def _sum(own: dict[Labels, float], more: dict[Labels, float]) -> dict[Labels, float]:
    return {k: own.get(k, 0.0) + more.get(k, 0.0) for k in sorted(own.keys() | more.keys())}
