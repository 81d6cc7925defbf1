"""Builds an answer, once for all who ask for it, and has it stored before anybody gets it."""

from __future__ import annotations

import logging
from collections import Counter, deque
from typing import TYPE_CHECKING

from goeswith.cache import Flights, Usage
from goeswith.engine.answer import Cost, encode_body
from goeswith.engine.budget import Clock, Meter
from goeswith.engine.index.home import reading
from goeswith.engine.serving.current import Current
from goeswith.engine.serving.opened import Opened, Reading
from goeswith.engine.serving.tiers import Found, Serving, is_unfinished
from goeswith.engine.tracing import OFF, Tracer

if TYPE_CHECKING:
    from goeswith.engine.builder.listener import Listener
    from goeswith.engine.graph.subgraph import Subgraph
    from goeswith.engine.model import Edge

RECENT = 40
"""Refused edges that are remembered, one a build and reason."""

_LOG = logging.getLogger(__name__)


class Making:
    """Builds for one engine. `clock` may be replaced by whoever measures.

    `recent` holds edges that the gate refused lately, the latest last.
    """

    def __init__(
        self,
        current: Current,
        serving: Serving,
        flights: Flights[Found],
        usage: Usage,
        clock: Clock,
        tracer: Tracer = OFF,
    ) -> None:
        self.clock = clock
        self._tracer = tracer
        self.recent: deque[Edge] = deque(maxlen=RECENT)
        self._current = current
        self._serving = serving
        self._flights = flights
        self._usage = usage

    def once(self, opened: Opened, meant: Reading, listener: Listener | None) -> Found:
        """Build unless somebody else just did, or give an old answer when the build fails."""

        def reread() -> Found | None:
            found = self._serving.exact(meant, opened)
            return None if found is None or self._current.left(opened) else found

        try:
            return self._flights.do(
                _flight(meant, opened), lambda: self._stored(opened, meant, listener), reread
            )
        except Exception as error:
            old = self._serving.in_need(meant, opened)
            if old is None or self._current.left(opened):
                raise
            _LOG.warning("A build failed (%s): an old answer is served.", type(error).__name__)
            self._usage.count("builds_failed")
            return old

    def anew(self, opened: Opened, meant: Reading) -> Found:
        """Build unless a fresh and whole answer is stored."""
        return self._flights.do(
            _flight(meant, opened),
            lambda: self._stored(opened, meant),
            lambda: self._serving.fresh(meant, opened),
        )

    def alone(
        self, opened: Opened, meant: Reading, listener: Listener | None = None
    ) -> tuple[Found, Subgraph]:
        """Build for one caller, and store nothing."""
        with self._tracer.span("build") as span:
            found, subgraph = self._built(opened, meant, listener)
            span.tell(
                plan=subgraph.plan.source,
                needs=len(subgraph.plan.needs),
                edges=len(subgraph.graph.edges),
                refused=len(subgraph.refused),
                degraded=",".join(subgraph.degraded),
                lm_calls=found.cost.lm_calls,
                lm_tokens=found.cost.lm_tokens,
            )
        return found, subgraph

    def _built(
        self, opened: Opened, meant: Reading, listener: Listener | None
    ) -> tuple[Found, Subgraph]:
        began = self.clock()
        builder = opened.builder()
        with reading(opened.generation.folder):
            with self._tracer.span("open"):
                builder.warm()
            opening_ms = (self.clock() - began) * 1000.0
            meter = Meter(meant.budget, self.clock, self._tracer)
            subgraph = builder.build(meant.question, meter, listener)
        body = encode_body(meant.question.canonical, subgraph, opened.versions)
        cost = Cost.of(meter, opening_ms)
        self._usage.count("builds")
        if cost.lm_calls:
            self._usage.count("lm_calls", cost.lm_calls)
            self._usage.count("lm_tokens", cost.lm_tokens)
            self._usage.count("lm_microusd", round(meter.lm_usd * 1e6))
        self._judged(meant, subgraph)
        return Found(body, meant.key, unfinished=is_unfinished(subgraph), cost=cost), subgraph

    def _judged(self, meant: Reading, subgraph: Subgraph) -> None:
        reasons = Counter(edge.verdict.reason for edge in subgraph.refused)
        for reason, number in reasons.items():
            self._usage.count(f"refused.{reason}", number)
        for reason in subgraph.degraded:
            self._usage.count(f"degraded.{reason}")
        if not meant.personal:
            self.recent.extend({e.verdict.reason: e for e in subgraph.refused}.values())

    def _stored(self, opened: Opened, meant: Reading, listener: Listener | None = None) -> Found:
        """Build and store. What was built over a generation that was left is not stored."""
        since = self._serving.answers.begin()
        stores = not meant.personal and not self._current.left(opened)
        found, subgraph = self.alone(opened, meant, listener)
        if stores:
            self._serving.keep(meant, opened, found, subgraph, since)
        return found


def _flight(meant: Reading, opened: Opened) -> str:
    """Requests share a flight if they agree in the answer, the budget and the generation."""
    return f"{meant.cut_key}{opened.generation.folder.name}"
