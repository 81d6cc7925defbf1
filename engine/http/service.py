"""What everything that answers a request shares: the engine, the builds, the counters."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from goeswith.engine.engine import Engine
from goeswith.engine.errors import GoeswithError
from goeswith.engine.http.asking import Desk
from goeswith.engine.http.builds import Builds
from goeswith.engine.http.hits import Hits
from goeswith.engine.http.keys import KeyRing, read_keys
from goeswith.engine.http.limits import Limits
from goeswith.engine.http.log import AccessLog
from goeswith.engine.http.metrics import Metrics
from goeswith.engine.settings import Settings

WATCH_S = 1.0
"""How often it is looked whether an index or a key changed."""

_LOG = logging.getLogger("goeswith.http")


class Service:
    """The state of one process that serves. Lives on one event loop.

    Attributes:
        engine: what answers.
        local: only this machine can reach the service.
        desk: takes asks; hits at once, builds in a bounded pool.
        builds: the pool, for other work that must not hold the event loop.
        ready: the index is loaded.
        draining: the service is about to end.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        ring: KeyRing | None = None,
        *,
        local: bool = True,
    ) -> None:
        serve = settings.serve
        self.engine = engine
        self.settings = settings
        self.ring = ring or KeyRing(())
        self.local = local
        self.metrics = Metrics()
        self.log = AccessLog()
        self.limits = Limits(serve.rate)
        self.hits = Hits(engine)
        self.builds = Builds(serve.builds, serve.queue)
        self.desk = Desk(engine, self.hits, self.builds)
        self.ready = False
        self.draining = False

    @property
    def keyless(self) -> bool:
        """True when reading needs no key."""
        return self.local or self.settings.serve.access == "open"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the index beside serving; at the end, close what was opened."""
        work = (self._load(), self._watch(), self.log.run())
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.builds.close()
            self.hits.tell(self.engine.usage)
            self.engine.usage.flush()
            self.engine.close()

    async def _watch(self) -> None:
        """Pick up what changed outside: a new index, other API keys. Hand over what was counted."""
        while True:
            await asyncio.sleep(WATCH_S)
            self.hits.tell(self.engine.usage)
            await asyncio.to_thread(self.engine.usage.flush)
            try:
                self.ring.replace(await asyncio.to_thread(read_keys, self.settings))
                if await asyncio.to_thread(self.engine.reload):
                    await self._load()
            except GoeswithError as error:
                _LOG.error("What changed outside could not be taken in. %s", error)

    async def _load(self) -> None:
        try:
            await asyncio.to_thread(self.engine.warm)
        except GoeswithError as error:
            _LOG.error("The index cannot be loaded, so only hits are served. %s", error)
        else:
            self.ready = True
