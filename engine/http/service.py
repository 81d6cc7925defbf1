"""What everything that answers a request shares: the engine, the builds, the counters."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from goeswith.engine.crew import Crew, Threads
from goeswith.engine.engine import Engine
from goeswith.engine.errors import GoeswithError
from goeswith.engine.http.asking import Desk
from goeswith.engine.http.board import Board, Place
from goeswith.engine.http.builds import Builds
from goeswith.engine.http.hits import Hits
from goeswith.engine.http.keys import KeyRing, read_keys
from goeswith.engine.http.limits import Limits
from goeswith.engine.http.log import AccessLog
from goeswith.engine.http.metrics import Counted, Figures, Labels, Metrics, State
from goeswith.engine.index.home import Home
from goeswith.engine.lm.spending import Today
from goeswith.engine.serving.opening import open_ledger
from goeswith.engine.settings import Settings

WATCH_S = 1.0
"""How often it is looked whether an index or a key changed."""

MOST_COMPUTING = 2
"""Builds at a time where none waits for a language model. They share one interpreter, so more of
them finish no sooner."""

_LOG = logging.getLogger("goeswith.http")


def most_builds(settings: Settings, *, waits: bool) -> int:
    """Return how many builds go on at a time. `waits` is true where they wait for a model."""
    return settings.serve.builds if waits else min(settings.serve.builds, MOST_COMPUTING)


class Service:
    """The state of one process that serves. Lives on one event loop.

    Attributes:
        engine: what answers.
        local: only this machine can reach the service.
        desk: takes asks; hits at once, builds in a bounded pool.
        crew: who builds.
        builds: what the crew does, once for all who want the same.
        draining: the service is about to end.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        ring: KeyRing | None = None,
        *,
        local: bool = True,
        place: Place | None = None,
        crew: Crew | None = None,
    ) -> None:
        """Serve what an engine answers. The crew that builds is threads with it if left out."""
        serve = settings.serve
        self.engine = engine
        self.settings = settings
        self.ring = ring or KeyRing(())
        self.local = local
        self._place = place or Board(1).place(0)
        before = self._place.before
        self.metrics = Metrics(before.counted if before else None)
        counted = self.metrics.counted
        self._shed, self._lost, self._restarts = counted.shed, counted.lost, counted.restarts
        self.log = AccessLog()
        self.limits = Limits(serve.rate)
        self.hits = Hits(engine)
        most = most_builds(settings, waits=bool(engine.breakers()))
        self.crew = crew or Threads(engine, most)
        self.builds = Builds(self.crew, serve.queue, engine.tracer)
        self.desk = Desk(engine, self.hits, self.builds)
        self.draining = False

    @property
    def ready(self) -> bool:
        """True when new questions can be answered: the index is loaded."""
        return self.crew.ready

    @property
    def keyless(self) -> bool:
        """True when reading needs no key."""
        return self.local or self.settings.serve.access == "open"

    def figures(self) -> Figures:
        """Return what this process and every other worker of the service counted.

        What others count is at most `WATCH_S` old.
        """
        return sum([self._tell(), *self._place.others()], Figures(Counted(), State()))

    def today(self) -> Today:
        """Return what language models cost this day (UTC), over all processes of the home.

        It reads a file, so not on the event loop.
        """
        return open_ledger(Home(self.settings.home).cache, self.settings).today()

    def _tell(self) -> Figures:
        """Write down what this process counted, for the other workers."""
        builds, counted = self.builds, self.metrics.counted
        counted.shed = self._shed + builds.refused
        counted.lost = self._lost + self.log.lost
        counted.restarts = self._restarts + self.crew.restarts
        breakers: dict[Labels, float] = dict.fromkeys(self.crew.breakers(), 1.0)
        state = State(builds.running, builds.queued, int(self.ready), 1, breakers)
        figures = Figures(counted, state)
        self._place.tell(figures)
        return figures

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the index beside serving; at the end, close what was opened."""
        await self.crew.begin()
        work = (self.load(), self._watch(), self.log.run())
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.crew.end()
            self.hits.tell(self.engine.usage)
            self.engine.usage.flush()
            self.engine.close()

    async def _watch(self) -> None:
        """Pick up what changed outside: a new index, other API keys. Hand over what was counted."""
        while True:
            await asyncio.sleep(WATCH_S)
            self._tell()
            self.hits.tell(self.engine.usage)
            await asyncio.to_thread(self.engine.usage.flush)
            try:
                self.ring.replace(await asyncio.to_thread(read_keys, self.settings))
                if await asyncio.to_thread(self.engine.reload):
                    await self.load()
            except GoeswithError as error:
                _LOG.error("What changed outside could not be taken in. %s", error)

    async def load(self) -> None:
        """Open the index beside serving, and be ready. Without one only hits are served."""
        try:
            await self.crew.open()
        except GoeswithError as error:
            _LOG.error("The index cannot be loaded, so only hits are served. %s", error)
