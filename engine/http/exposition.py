"""The counters as Prometheus reads them: those of all workers, and those that the home keeps."""

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

from goeswith.engine.http.metrics import Counted, Figures, State
from goeswith.engine.http.service import Service
from goeswith.engine.lm.spending import Today

STATES = ("closed", "half_open", "open")


async def exposition(service: Service) -> tuple[bytes, str]:
    """Return the counters as text, and the media type of the text.

    What is counted across processes is read from the home in a thread.
    """
    service.hits.tell(service.engine.usage)
    await service.crew.flush()
    figures = service.figures()
    counts = await asyncio.to_thread(service.engine.usage.counts)
    today = await asyncio.to_thread(service.today)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted(figures, counts, today))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Counted(Collector):
    """All counters of one moment."""

    def __init__(self, figures: Figures, counts: Mapping[str, int], today: Today) -> None:
        self._figures = figures
        self._counts = counts
        self._today = today

    def collect(self) -> Iterator[Metric]:
        """Give every metric."""
        yield from self._counted(self._figures.counted)
        yield from self._state(self._figures.state)
        yield from self._day(self._today)
        yield from self._shared()

    def _counted(self, counted: Counted) -> Iterator[Metric]:
        """Give what the workers of this service counted since it began."""
        latency = HistogramMetricFamily(
            "goeswith_answer_seconds",
            "Time to an answer, by cache tier; none is a build.",
            labels=("tier",),
        )
        for tier, histogram in sorted(counted.latency.items()):
            latency.add_metric((tier,), list(histogram.buckets()), histogram.total)
        yield latency
        requests = CounterMetricFamily(
            "goeswith_requests", "Responses, by route and status.", labels=("route", "status")
        )
        for labels, count in sorted(counted.requests.items()):
            requests.add_metric(labels, count)
        yield requests
        yield CounterMetricFamily(
            "goeswith_builds_shed", "Builds refused for want of room.", counted.shed
        )
        yield CounterMetricFamily(
            "goeswith_builder_restarts", "Processes that built and were lost.", counted.restarts
        )
        yield CounterMetricFamily("goeswith_log_lines_lost", "Lines not logged.", counted.lost)

    def _state(self, state: State) -> Iterator[Metric]:
        """Give what the workers of this service do now."""
        for name, text, value in (
            ("workers", "Processes that serve.", state.workers),
            ("ready", "Workers that can answer new questions.", state.ready),
            ("builds_running", "Builds that run.", state.running),
            ("builds_queued", "Builds that wait.", state.queued),
        ):
            yield GaugeMetricFamily(f"goeswith_{name}", text, float(value))
        breakers = GaugeMetricFamily(
            "goeswith_lm_breaker",
            "Workers by language model and the state of its breaker.",
            labels=("model", "state"),
        )
        for model in sorted({model for model, _ in state.breakers}):
            for name in STATES:
                breakers.add_metric((model, name), state.breakers.get((model, name), 0.0))
        yield breakers

    def _day(self, today: Today) -> Iterator[Metric]:
        """Give what language models cost this day, over all processes of the home."""
        for name, text, value in (
            ("calls", "Calls of language models this day, UTC.", today.calls),
            ("tokens", "Tokens of language models this day, UTC.", today.tokens),
            ("usd", "Money for language models this day, UTC, US dollars.", today.usd),
            ("calls_cap", "Calls allowed a day; 0 is no cap.", today.calls_per_day),
            ("usd_cap", "US dollars allowed a day; 0 is no cap.", today.usd_per_day),
        ):
            yield GaugeMetricFamily(f"goeswith_lm_day_{name}", text, float(value))

    def _shared(self) -> Iterator[Metric]:
        """Give what all processes of the home counted, also before this service began."""
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
