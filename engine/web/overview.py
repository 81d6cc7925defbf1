"""The figures of the operator's view: what the service counted and what its home holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from goeswith.cache import Popular
from goeswith.engine.crew.works import Refusals
from goeswith.engine.http.metrics import BOUNDS, Figures, Histogram
from goeswith.engine.http.service import Service
from goeswith.engine.model import Edge

MOST_ASKED = 12


class TierRow(msgspec.Struct, frozen=True):
    """Answers from one tier. The percentiles are upper bounds of histogram buckets."""

    tier: str
    answers: int
    share: float
    p50_ms: float
    p99_ms: float


class CatalogRow(msgspec.Struct, frozen=True):
    """What is indexed."""

    version: str
    products: int
    types: int


class BuildsRow(msgspec.Struct, frozen=True):
    """New answers now, and those refused because too many waited."""

    running: int
    queued: int
    refused: int


class BreakerRow(msgspec.Struct, frozen=True):
    """A language model, the state of its breaker, and how many workers see it so."""

    model: str
    state: str
    workers: int


class AskedRow(msgspec.Struct, frozen=True):
    """A question in canonical form and how often it was asked."""

    question: str
    asks: int


class RefusedRow(msgspec.Struct, frozen=True):
    """An edge that the gate refused lately."""

    source: str
    target: str
    relation: str
    reason: str
    detail: str


class Overview(msgspec.Struct, frozen=True):
    """Everything the operator's view shows.

    `tiers` and `builds` are of all workers since the service began, `recent` of the worker that was
    asked; `stats` is that of the home: all processes, since it was made.
    """

    ready: bool
    catalog: CatalogRow
    tiers: list[TierRow]
    builds: BuildsRow
    breakers: list[BreakerRow]
    popular: list[AskedRow]
    recent: list[RefusedRow]
    stats: dict[str, Any]


def overview(service: Service, figures: Figures, refused: Refusals) -> Overview:
    """Put what the workers counted and refused beside what the home holds.

    It walks the stored answers, so not on the event loop.
    """
    engine = service.engine
    counted, state = figures.counted, figures.state
    manifest = engine.generation.manifest
    return Overview(
        ready=service.ready,
        catalog=CatalogRow(engine.versions.catalog, manifest.products, manifest.types),
        tiers=_tiers(counted.latency),
        builds=BuildsRow(state.running, state.queued, counted.shed),
        breakers=[
            BreakerRow(model, name, int(workers))
            for (model, name), workers in sorted(state.breakers.items())
        ],
        popular=_asked(engine.popular(10 * MOST_ASKED)),
        recent=list(dict.fromkeys(_refused(edge, refused.labels) for edge in refused.edges)),
        stats=engine.stats(),
    )


def _asked(popular: Iterable[Popular]) -> list[AskedRow]:
    """Return the questions asked most. One may have had several keys: of versions, of sizes."""
    asks: Counter[str] = Counter()
    for item in popular:
        asks[item.canonical] += item.asks
    return [AskedRow(canonical, number) for canonical, number in asks.most_common(MOST_ASKED)]


def _refused(edge: Edge, titles: Mapping[str, str]) -> RefusedRow:
    return RefusedRow(
        titles.get(edge.source, _plain(edge.source)),
        titles.get(edge.target, _plain(edge.target)),
        edge.relation,
        edge.verdict.reason,
        edge.verdict.detail,
    )


def quantile_ms(histogram: Histogram, part: float) -> float:
    """Return an upper bound of a quantile in milliseconds; the last bound where it is beyond."""
    wanted = part * sum(histogram.counts)
    for bound, (_, so_far) in zip(BOUNDS, histogram.buckets(), strict=False):
        if so_far >= wanted:
            return bound * 1000.0
    return BOUNDS[-1] * 1000.0


def _tiers(found: dict[str, Histogram]) -> list[TierRow]:
    total = sum(sum(histogram.counts) for histogram in found.values())
    rows = [
        TierRow(
            tier,
            count := sum(histogram.counts),
            count / total,
            quantile_ms(histogram, 0.5),
            quantile_ms(histogram, 0.99),
        )
        for tier, histogram in found.items()
    ]
    return sorted(rows, key=lambda row: -row.answers)


def _plain(node: str) -> str:
    kind, _, name = node.partition(":")
    return "a need" if kind == "need" else name
