"""The counters as Prometheus reads them: this process's, and those that all processes share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from goeswith.engine.http.service import Service


async def exposition(service: Service) -> tuple[bytes, str]:
    """Return the counters as text, and the media type of the text.

    What is counted across processes is read from the home in a thread.
    """
    service.hits.tell(service.engine.usage)
    counts = await asyncio.to_thread(service.engine.usage.counts)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted(service, counts))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Counted(Collector):
    """All counters of one moment."""

    def __init__(self, service: Service, counts: Mapping[str, int]) -> None:
        self._service = service
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Give every metric."""
        yield from self._own()
        yield from self._shared()

    def _own(self) -> Iterator[Metric]:
        """Give what this process counted."""
        service = self._service
        latency = HistogramMetricFamily(
            "goeswith_answer_seconds",
            "Time to an answer in this process, by cache tier; none is a build.",
            labels=("tier",),
        )
        for tier, histogram in service.metrics.latency():
            latency.add_metric((tier,), list(histogram.buckets()), histogram.total)
        yield latency
        requests = CounterMetricFamily(
            "goeswith_requests",
            "Responses of this process, by route and status.",
            labels=("route", "status"),
        )
        for labels, count in sorted(service.metrics.requests.counts.items()):
            requests.add_metric(labels, count)
        yield requests
        builds = service.builds
        for name, text, value in (
            ("builds_running", "Builds that run in this process.", builds.running),
            ("builds_queued", "Builds that wait in this process.", builds.queued),
            ("ready", "1 when new questions can be answered.", service.ready),
        ):
            yield GaugeMetricFamily(f"goeswith_{name}", text, float(value))
        yield CounterMetricFamily(
            "goeswith_builds_shed", "Builds refused for want of room.", builds.refused
        )
        yield CounterMetricFamily("goeswith_log_lines_lost", "Lines not logged.", service.log.lost)

    def _shared(self) -> Iterator[Metric]:
        """Give what all processes of the home counted, also before this one began."""
        counts = self._counts
        for name, text, key, scale in (
            ("builds", "Answers built.", "builds", 1.0),
            ("builds_failed", "Builds that failed.", "builds_failed", 1.0),
            ("lm_calls", "Calls of a language model for answers.", "lm_calls", 1.0),
            ("lm_tokens", "Tokens of a language model.", "lm_tokens", 1.0),
            ("lm_usd", "Money for a language model, US dollars.", "lm_microusd", 1e-6),
        ):
            yield CounterMetricFamily(f"goeswith_{name}", text, counts.get(key, 0) * scale)
        for name, label, text, start in (
            ("asks", "tier", "Asks by where the answer came from.", "asks."),
            ("degraded", "reason", "Answers cut short, by reason.", "degraded."),
            ("gate_rejections", "reason", "Edges the gate refused, by reason.", "refused."),
        ):
            family = CounterMetricFamily(f"goeswith_{name}", text, labels=(label,))
            for key, count in sorted(counts.items()):
                if key.startswith(start):
                    family.add_metric((key.removeprefix(start),), count)
            yield family
