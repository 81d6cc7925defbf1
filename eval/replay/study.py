"""The study `replay`: a log by two laws, warm-ups of several sizes, and the bill."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.findings import Curve, Findings, Row, Table
from goeswith.eval.loaders import phones
from goeswith.eval.replay.law import Weights, drawn, laws, past
from goeswith.eval.replay.stream import BUILT, Heard, cpu_of, replayed, seconds_of
from goeswith.eval.shelf import indexed_products
from goeswith.eval.stand import Stand
from goeswith.eval.statistics import Interval, bootstrap, exactly, proportion, quantile, ratio
from goeswith.eval.warmed import Log, warm

SIZES = (0.0, 0.01, 0.05, 0.2, 1.0)
"""Shares of the log's distinct questions that are warmed before the stream begins."""
ASKS = 3_000
PAST = 20_000
"""Asks of the log that is warmed from."""
WINDOWS = 15
SAMPLED = 150
"""Asks of the stream that are also built without a cache, to know what that costs."""
TARGET = 0.1


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


class ReplayStudy:
    """Asks a stream of questions of the product, warmed more or less, and without a cache."""

    name = "replay"
    about = "a query log through the whole product: hits over time, LM calls, latency by tier, cost"
    takes: ClassVar[tuple[str, ...]] = ("hybrid", "query-time")

    def run(
        self,
        work: Path,
        settings: Settings,
        *,
        arms: Sequence[str],
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Findings:
        """Measure. See `Study.run`; `questions` is the length of the stream."""
        products = data_folder("phones", (phones.PRODUCTS,), phones.ORIGIN_PRODUCTS)
        log = data_folder("queries", (phones.QUERIES,), phones.ORIGIN_QUERIES)
        home = indexed_products(
            "phones", phones.load_phones(products), {}, work, settings, progress
        )
        stand = Stand(home, settings, seed, work=work)
        return measured(
            stand, laws(phones.load_queries(log)), questions or ASKS, arms=arms, progress=progress
        )


def measured(
    stand: Stand,
    by_law: dict[str, dict[str, float]],
    asks: int,
    *,
    arms: Sequence[str] = ReplayStudy.takes,
    sizes: Sequence[float] = SIZES,
    progress: Progress,
) -> Findings:
    """Replay streams drawn by each law."""
    bills: list[Bill] = []
    costs: dict[str, list[Heard]] = {}
    for law, weights in by_law.items():
        stream = drawn(weights, asks, stand.seed)
        if "hybrid" in arms:
            bills += [
                _bill(stand, law, weights, stream, size, progress) for size in sorted({*sizes})
            ]
        if "query-time" in arms:
            costs[law] = _without_cache(stand, stream, law, progress)
    tables = [_rates(bills), _tiers(bills)] if bills else []
    if costs:
        tables.append(_prices(bills, costs, stand.seed))
    return Findings(
        tuple(tables),
        curves=tuple(_curve(law, bills) for law in by_law if bills),
        facts={
            "questions": asks,
            "laws": ", ".join(f"{law} over {len(w):,} questions" for law, w in by_law.items()),
            "warm-up log": f"another draw of the same law, {PAST:,} asks",
            "built without a cache": f"{SAMPLED} asks of each stream, evenly spaced",
            "opening": "indexes are opened before the first ask is timed",
        },
        headline=_headline(bills, costs, stand.seed),
    )


def _bill(
    stand: Stand, law: str, weights: Weights, stream: Sequence[str], size: float, progress: Progress
) -> Bill:
    log: Log = past(weights, PAST, stand.seed + 1)
    with stand.scratch() as folder:
        settings = stand.with_own_cache(folder)
        before = time.process_time()
        with stand.lm() as lm:
            done = warm(settings, log, top=size, lm=lm) if size else None
        warm_cpu_s = time.process_time() - before
        with stand.engine(folder) as engine:
            engine.warm()
            label = f"{law}, {size:.0%} warmed"
            heard = replayed(engine, stream, tell=lambda place: progress(label, place, len(stream)))
    if done is None:
        return Bill(law, size, tuple(heard), 0, 0.0, 0, 0.0)
    warmed = done.built + done.empty
    return Bill(law, size, tuple(heard), warmed, done.seconds, done.spend.lm_calls, warm_cpu_s)


def _without_cache(
    stand: Stand, stream: Sequence[str], law: str, progress: Progress
) -> list[Heard]:
    """Build a part of the stream afresh; `place` is the place in the whole stream."""
    places = np.unique(np.linspace(0, len(stream) - 1, SAMPLED).astype(int)).tolist()
    with stand.scratch() as folder, stand.engine(folder) as engine:
        engine.warm()
        heard = replayed(
            engine,
            [stream[place] for place in places],
            tell=lambda place: progress(f"{law}, no cache", place, len(places)),
            use_cache=False,
        )
    return [msgspec.structs.replace(one, place=places[one.place]) for one in heard]


def _rates(bills: Sequence[Bill]) -> Table:
    rows = []
    for bill in bills:
        n = len(bill.heard)
        rows.append(
            Row(
                (bill.law, bill.name, f"{bill.warmed:,}", f"{bill.warm_s:.1f} s"),
                (
                    proportion(sum(one.hit for one in bill.heard), n),
                    _mean([one.lm_calls for one in bill.heard]),
                    proportion(sum(one.tier == BUILT for one in bill.heard), n),
                    proportion(sum(one.empty for one in bill.heard), n),
                ),
            )
        )
    return Table(
        title="Hits and what is left to do, by the size of the warm-up",
        heads=("law", "warm-up", "questions warmed", "in"),
        measures=("hit rate", "LM calls / question", "builds / question", "empty answers"),
        rows=tuple(rows),
        note="An empty answer that is kept is a hit like any other: most questions of this log are "
        "about other wares than the catalog's.",
    )


def _tiers(bills: Sequence[Bill]) -> Table:
    rows = []
    for bill in bills:
        for tier in dict.fromkeys(one.tier for one in bill.heard):
            ms = seconds_of([one for one in bill.heard if one.tier == tier]) * 1e3
            told = "built" if tier == BUILT else tier
            figures = tuple(quantile(ms, share, 1) for share in (0.5, 0.95, 0.99))
            rows.append(Row((bill.law, bill.name, told), figures))
    return Table(
        title="Latency by tier",
        heads=("law", "warm-up", "tier"),
        measures=("p50 ms", "p95 ms", "p99 ms"),
        rows=tuple(rows),
    )


def _prices(bills: Sequence[Bill], costs: dict[str, list[Heard]], seed: int) -> Table:
    rows = []
    for law, afresh in costs.items():
        rows.append(
            Row(
                (law, "query-time", ""),
                (
                    bootstrap(cpu_of(afresh) * 1e3, seed),
                    _mean([one.lm_calls for one in afresh]),
                    exactly(1.0, len(afresh)),
                    exactly(1.0, len(afresh)),
                ),
            )
        )
        for bill in bills:
            if bill.law == law:
                rows.append(_price(bill, afresh, seed))
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
        note="Cost is processor time, of the questions that were also built without a cache. The "
        "last column spreads the warm-up over this stream alone; a longer stream makes it less. "
        f"The target is {TARGET:.0%} or less.",
    )


def _price(bill: Bill, afresh: Sequence[Heard], seed: int) -> Row:
    shared = _paired(bill, afresh)
    own, theirs = cpu_of([a for a, _ in shared]), cpu_of([b for _, b in shared])
    each = bill.warm_cpu_s / max(1, len(bill.heard))
    return Row(
        (bill.law, "hybrid", bill.name),
        (
            bootstrap(cpu_of(bill.heard) * 1e3, seed),
            _mean([one.lm_calls for one in bill.heard]),
            ratio(own, theirs, seed),
            ratio(own + each, theirs, seed),
        ),
    )


def _paired(bill: Bill, afresh: Sequence[Heard]) -> list[tuple[Heard, Heard]]:
    by_place = {one.place: one for one in bill.heard}
    return [(by_place[one.place], one) for one in afresh if one.place in by_place]


def _curve(law: str, bills: Sequence[Bill]) -> Curve:
    lines: dict[str, tuple[tuple[float, Interval], ...]] = {}
    for bill in bills:
        if bill.law == law:
            parts = np.array_split(np.array([one.hit for one in bill.heard]), WINDOWS)
            ends = np.cumsum([len(part) for part in parts]).tolist()
            lines[bill.name] = tuple(
                (float(end), proportion(int(part.sum()), len(part)))
                for end, part in zip(ends, parts, strict=True)
                if len(part)
            )
    return Curve(
        title=f"Hit rate over time, law: {law}",
        x="questions asked so far",
        y="hit rate",
        lines=lines,
        note=f"The stream is cut into {WINDOWS} parts; a point is the share of hits in one, "
        "with Wilson's interval.",
    )


def _headline(bills: Sequence[Bill], costs: dict[str, list[Heard]], seed: int) -> str:
    told = []
    for bill in bills:
        if bill.law in costs and bill.size == 0.2:
            own, theirs = zip(*_paired(bill, costs[bill.law]), strict=True)
            share = ratio(cpu_of(own), cpu_of(theirs), seed)
            hits = sum(one.hit for one in bill.heard) / len(bill.heard)
            met = (
                "meets" if share.high <= TARGET else "misses" if share.low > TARGET else "may miss"
            )
            told.append(
                f"{bill.law}: with a fifth of the log warmed {hits:.1%} are hits, and one question "
                f"costs {share.mean:.1%} [{share.low:.1%}, {share.high:.1%}] of building it, which "
                f"{met} the target of {TARGET:.0%}."
            )
    return " ".join(told)


def _mean(values: Sequence[float]) -> Interval:
    return bootstrap(np.array(values, dtype=np.float64), 1)


def _verdict(share: Interval) -> str:
    if share.high <= TARGET:
        return "meets"
    return "misses" if share.low > TARGET else "may or may not meet"
