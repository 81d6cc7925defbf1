"""What a stream costs with a warmed cache, beside building every question of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from goeswith.eval.findings import Row, Table
from goeswith.eval.replay.stream import Heard, cpu_of, hits_of
from goeswith.eval.statistics import Interval, bootstrap, exactly, proportion, ratio

TARGET = 0.1
"""Most that a question may cost, as a share of building it."""

LENGTHS = (1_000, 3_000, 10_000)
"""Lengths at which a stream is looked at, beside its whole."""

RESAMPLES = 500
"""Samples with replacement: a stream has thousands of asks, whose intervals need no more."""


class Bill(msgspec.Struct, frozen=True):
    """What one warm-up size came to: the asks, and the warm-up's questions, seconds and LM calls.

    `warm_s` went by; `warm_cpu_s` were computed.
    """

    law: str
    size: float
    heard: tuple[Heard, ...]
    warmed: int
    warm_s: float
    warm_calls: int
    warm_cpu_s: float

    @property
    def name(self) -> str:
        """The size as it is told."""
        return "cold" if not self.size else f"{self.size:.0%} warmed"


Afresh = Mapping[str, Heard]
"""Each question of a stream as it is built without a cache."""


class Law(msgspec.Struct, frozen=True):
    """One stream: its questions, each built afresh, and the bills of the warm-up sizes."""

    name: str
    stream: tuple[str, ...]
    afresh: dict[str, Heard]
    bills: tuple[Bill, ...]


def prices(laws: Sequence[Law], seed: int) -> Table:
    """Return what a question costs over whole streams."""
    rows = []
    for law in laws:
        every = [law.afresh[text] for text in law.stream if text in law.afresh]
        rows.append(
            Row(
                (law.name, "query-time", ""),
                (
                    mean(cpu_of(every) * 1e3, seed),
                    mean(np.array([float(one.lm_calls) for one in every]), seed),
                    exactly(1.0, len(every)),
                    exactly(1.0, len(every)),
                ),
            )
        )
        rows += [_price(law, bill, seed) for bill in law.bills]
    return Table(
        title="What a question costs, beside building each one",
        heads=("law", "arm", "warm-up"),
        measures=(
            "CPU ms / question",
            "LM calls / question",
            "share of query-time's cost",
            "the same with the warm-up's own cost",
        ),
        rows=tuple(rows),
        note="Cost is processor time. Query-time's is that of each question built once without a "
        "cache, for as often as it is asked. The last column spreads the warm-up over this stream "
        f"alone; a longer stream makes it less. The target is {TARGET:.0%} or less.",
    )


def lengths(laws: Sequence[Law], seed: int) -> Table:
    """Return how the cost falls as a stream goes on, beside what no cache could go below."""
    rows = []
    for law in laws:
        for bill in law.bills:
            heard, own, theirs = paired(law, bill)
            ends = [n for n in LENGTHS if n < len(heard)] + [len(heard)]
            for end in ends:
                hits = hits_of(heard[:end])
                floor = np.where(hits, 0.0, theirs[:end])
                rows.append(
                    Row(
                        (law.name, bill.name, f"{end:,}"),
                        (
                            proportion(int(hits.sum()), end),
                            ratio(floor, theirs[:end], seed, RESAMPLES),
                            ratio(own[:end], theirs[:end], seed, RESAMPLES),
                        ),
                    )
                )
    return Table(
        title="The cost as the stream goes on",
        heads=("law", "warm-up", "asks so far"),
        measures=("hit rate", "the misses at query-time's cost", "share of query-time's cost"),
        rows=tuple(rows),
        note="The misses at query-time's cost are what a cache with these hits must pay even if "
        "hits and keeping were free.",
    )


def meets_from(law: Law, bill: Bill) -> int | None:
    """Return from how many asks on a stream stays within the target; None where it ends above."""
    _, own, theirs = paired(law, bill)
    above = np.flatnonzero(np.cumsum(own) > TARGET * np.cumsum(theirs))
    first = int(above[-1]) + 2 if len(above) else 1
    return first if first <= len(own) else None


def share_of(law: Law, bill: Bill, seed: int) -> Interval:
    """Return what the whole stream costs as a share of building every question of it."""
    _, own, theirs = paired(law, bill)
    return ratio(own, theirs, seed, RESAMPLES)


def paired(
    law: Law, bill: Bill
) -> tuple[list[Heard], np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray]:
    """Return the asks, their processor seconds, and those of building the same questions."""
    heard = [one for one in bill.heard if law.stream[one.place] in law.afresh]
    return heard, cpu_of(heard), cpu_of([law.afresh[law.stream[one.place]] for one in heard])


def mean(values: np.ndarray, seed: int) -> Interval:
    """Return the mean of a figure over the asks of a stream."""
    return bootstrap(values, seed, RESAMPLES)


def _price(law: Law, bill: Bill, seed: int) -> Row:
    heard, own, theirs = paired(law, bill)
    each = bill.warm_cpu_s / max(1, len(heard))
    return Row(
        (law.name, "hybrid", bill.name),
        (
            mean(own * 1e3, seed),
            mean(np.array([float(one.lm_calls) for one in heard]), seed),
            ratio(own, theirs, seed, RESAMPLES),
            ratio(own + each, theirs, seed, RESAMPLES),
        ),
    )
