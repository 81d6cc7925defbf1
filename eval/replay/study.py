"""The study `replay`: a log by two laws, warm-ups of several sizes, and the bill."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.findings import Curve, Findings, Row, Table
from goeswith.eval.loaders import phones
from goeswith.eval.replay.bill import (
    RESAMPLES,
    TARGET,
    Bill,
    Law,
    lengths,
    mean,
    meets_from,
    prices,
    share_of,
)
from goeswith.eval.replay.law import Weights, drawn, laws, past
from goeswith.eval.replay.stream import BUILT, Heard, hits_of, replayed, seconds_of
from goeswith.eval.shelf import indexed_products
from goeswith.eval.stand import Stand
from goeswith.eval.statistics import Interval, proportion, quantile
from goeswith.eval.warmed import Log, warm

TOLD = 0.2
SIZES = (0.0, 0.05, TOLD, 1.0)
"""Shares of the log's distinct questions that are warmed before the stream begins."""
ASKS = 20_000
PAST = 20_000
"""Asks of the log that is warmed from."""
WINDOWS = 15


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
    found = [
        _law(stand, law, weights, asks, arms=arms, sizes=sizes, progress=progress)
        for law, weights in by_law.items()
    ]
    bills = [bill for law in found for bill in law.bills]
    built = [law for law in found if law.afresh]
    tables = [_rates(bills), _tiers(bills)] if bills else []
    if built:
        tables.append(prices(built, stand.seed))
    if built and bills:
        tables.append(lengths(built, stand.seed))
    return Findings(
        tuple(tables),
        curves=tuple(_curve(law, bills) for law in by_law if bills),
        facts={
            "questions": asks,
            "laws": ", ".join(f"{law} over {len(w):,} questions" for law, w in by_law.items()),
            "different questions asked": ", ".join(
                f"{law.name} {len(set(law.stream)):,}" for law in found
            ),
            "warm-up log": f"another draw of the same law, {PAST:,} asks",
            "built without a cache": "every different question of a stream, once",
            "opening": "indexes are opened before the first ask is timed",
        },
        headline=_headline(built, stand.seed),
    )


def _law(
    stand: Stand,
    law: str,
    weights: Weights,
    asks: int,
    *,
    arms: Sequence[str],
    sizes: Sequence[float],
    progress: Progress,
) -> Law:
    stream = drawn(weights, asks, stand.seed)
    wanted = sorted({*sizes}) if "hybrid" in arms else []
    bills = [_bill(stand, law, weights, stream, size, progress) for size in wanted]
    afresh = _without_cache(stand, stream, law, progress) if "query-time" in arms else {}
    return Law(law, tuple(stream), afresh, tuple(bills))


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
) -> dict[str, Heard]:
    """Build each different question of the stream once."""
    texts = list(dict.fromkeys(stream))
    with stand.scratch() as folder, stand.engine(folder) as engine:
        engine.warm()
        heard = replayed(
            engine,
            texts,
            tell=lambda place: progress(f"{law}, no cache", place, len(texts)),
            use_cache=False,
        )
    return {texts[one.place]: one for one in heard}


def _rates(bills: Sequence[Bill]) -> Table:
    rows = []
    for bill in bills:
        n = len(bill.heard)
        rows.append(
            Row(
                (bill.law, bill.name, f"{bill.warmed:,}", f"{bill.warm_s:.1f} s"),
                (
                    proportion(sum(one.hit for one in bill.heard), n),
                    mean(np.array([float(one.lm_calls) for one in bill.heard]), 1),
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
            figures = tuple(quantile(ms, share, 1, RESAMPLES) for share in (0.5, 0.95, 0.99))
            rows.append(Row((bill.law, bill.name, told), figures))
    return Table(
        title="Latency by tier",
        heads=("law", "warm-up", "tier"),
        measures=("p50 ms", "p95 ms", "p99 ms"),
        rows=tuple(rows),
    )


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


def _headline(laws: Sequence[Law], seed: int) -> str:
    told = []
    for law in laws:
        for bill in law.bills:
            if bill.size == TOLD:
                share, start = share_of(law, bill, seed), meets_from(law, bill)
                hits = int(hits_of(bill.heard).sum()) / len(bill.heard)
                met = f"is met from {start:,} asks on" if start else "is missed"
                told.append(
                    f"{law.name}: over {len(bill.heard):,} asks with a fifth of the log warmed "
                    f"{hits:.1%} are hits, and one question costs {share.mean:.1%} "
                    f"[{share.low:.1%}, {share.high:.1%}] of building it; the target of "
                    f"{TARGET:.0%} {met}."
                )
    return " ".join(told)
