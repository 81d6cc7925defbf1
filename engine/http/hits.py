"""Hits: from the bytes of a request to the stored bytes of its answer, without reading either.

A table remembers which request bytes mean which key. It never holds an answer: the stored bytes
are fetched by key each time, so what was dropped is not served.
"""

from __future__ import annotations

import time

import msgspec

from goeswith.cache import Lru
from goeswith.engine.answer import Answer, CacheInfo, Cost
from goeswith.engine.engine import Engine
from goeswith.engine.http.reply import Reply, answer_reply
from goeswith.engine.model import Versions

LONGEST = 4_096
"""Requests of more bytes than this are read each time."""

_ENTRIES, _BYTES = 100_000, 32 * 2**20


class _Known(msgspec.Struct, frozen=True, gc=False):
    """What request bytes meant while the engine had these versions."""

    versions: Versions
    key: str
    question: str


class Hits:
    """The table of known requests."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: Lru[_Known] = Lru(_BYTES, _ENTRIES)

    def learn(self, raw: bytes, key: str, question: str, versions: Versions) -> None:
        """Remember that these request bytes ask for that key, as long as the versions stay.

        Only for requests whose answer is the stored bytes for everybody.
        """
        if len(raw) <= LONGEST:
            known = _Known(versions, key, question)
            self._known.put(raw.decode("latin-1"), known, 2 * len(raw))

    def find(self, raw: bytes, tagged: bytes | None = None) -> Reply | None:
        """Return the response to known request bytes if a complete, fresh answer is stored.

        Args:
            raw: The request: its method, a blank, and its query or body.
            tagged: The If-None-Match header, for methods that have conditional requests.
        """
        began = time.perf_counter()
        known = self._known.get(raw.decode("latin-1"))
        engine = self._engine
        if known is None or known.versions is not engine.versions:
            return None
        hit = engine.answers.get(known.key)
        if hit is None or hit.stale or hit.flags:
            return None
        info = CacheInfo(hit.tier, known.key, round(hit.age_s, 3), stale=False)
        cost = Cost(round((time.perf_counter() - began) * 1e3, 3))
        return answer_reply(Answer(known.question, hit.payload, info, cost), tagged)
