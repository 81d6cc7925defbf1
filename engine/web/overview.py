"""The figures of the operator's view: what this process counted and what its home holds."""

from __future__ import annotations

import msgspec

from goeswith.engine.http.metrics import BOUNDS, Histogram, Tally
from goeswith.engine.http.service import Service
from goeswith.engine.storage import describe


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


class Overview(msgspec.Struct, frozen=True):
    """Everything the operator's view shows. Counts are of this process since it began."""

    ready: bool
    catalog: CatalogRow
    tiers: list[TierRow]
    builds: BuildsRow
    degraded: dict[str, int]
    rejections: dict[str, int]
    lm: dict[str, float]
    stored: dict[str, object]


def overview(service: Service) -> Overview:
    """Read the figures."""
    manifest = service.engine.generation.manifest
    metrics, builds = service.metrics, service.builds
    return Overview(
        ready=service.ready,
        catalog=CatalogRow(service.engine.versions.catalog, manifest.products, manifest.types),
        tiers=_tiers(dict(metrics.latency())),
        builds=BuildsRow(builds.running, builds.queued, builds.refused),
        degraded=_by_first(metrics.degraded),
        rejections=_by_first(metrics.refused),
        lm={name: float(count) for name, count in _by_first(metrics.lm).items()},
        stored=describe(service.engine.answers),
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


def _by_first(tally: Tally) -> dict[str, int]:
    """Sum a tally over all labels but the first."""
    summed: dict[str, int] = {}
    for labels, count in tally.counts.items():
        summed[labels[0]] = summed.get(labels[0], 0) + int(count)
    return summed
