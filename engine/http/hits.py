"""Hits: from the bytes of a request to the stored bytes of its answer, without reading either.

A table remembers which request bytes mean which key. It never holds an answer: the stored bytes
are fetched by key each time, so what was dropped is not served.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import NamedTuple

import msgspec

from goeswith.cache import Hit, Lru, Usage
from goeswith.engine.answer import Answer, CacheInfo, Cost
from goeswith.engine.engine import Engine
from goeswith.engine.http.reply import Reply, answer_reply
from goeswith.engine.model import Versions

LONGEST = 4_096
"""Requests of more bytes than this are read each time."""

LOOK_EVERY_S = 0.005
"""How often it is looked whether another generation was indexed, when hits come thick and fast."""

_ENTRIES, _BYTES = 100_000, 32 * 2**20


class Known(NamedTuple):
    """What request bytes meant while the engine had these versions."""

    versions: Versions
    key: str
    question: str
    canonical: str
    locale: str


class Hits:
    """The table of known requests."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: Lru[Known] = Lru(_BYTES, _ENTRIES)
        self._look_at = 0.0
        self._asked: dict[str, tuple[Known, int]] = {}
        self._tiers: Counter[str] = Counter()

    def learn(self, raw: bytes, known: Known) -> None:
        """Remember that these request bytes ask for that key, as long as the versions stay.

        Only for requests whose answer is the stored bytes for everybody.
        """
        if len(raw) <= LONGEST:
            self._known.put(raw.decode("latin-1"), known, 2 * len(raw))

    def look(self, raw: bytes, now: float) -> tuple[Known, Hit] | None:
        """Return what request bytes mean and the stored answer, if it is complete and fresh.

        Args:
            raw: The request: its method, a blank, and its query or body.
            now: `time.perf_counter()`.
        """
        known = self._known.get(raw.decode("latin-1"))
        if known is None:
            return None
        hit = self._engine.hit(known.key, known.versions)
        if hit is None:
            return None
        if now >= self._look_at:
            if self._engine.moved():
                return None
            self._look_at = now + LOOK_EVERY_S
        before = self._asked.get(known.key)
        self._asked[known.key] = (known, before[1] + 1 if before else 1)
        self._tiers[hit.tier] += 1
        return known, hit

    def tell(self, usage: Usage) -> None:
        """Add the hits since the last time to the counters of the home."""
        asked, self._asked = self._asked, {}
        tiers, self._tiers = self._tiers, Counter()
        for known, number in asked.values():
            usage.asked(known.key, known.canonical, known.locale, number)
        for tier, number in tiers.items():
            usage.count(f"asks.{tier}", number)

    def find(self, raw: bytes, tagged: bytes | None = None) -> Reply | None:
        """Return the response to known request bytes if a complete, fresh answer is stored.

        Args:
            raw: The request: its method, a blank, and its query or body.
            tagged: The If-None-Match header, for methods that have conditional requests.
        """
        began = time.perf_counter()
        found = self.look(raw, began)
        if found is None:
            return None
        known, hit = found
        info = CacheInfo(hit.tier, known.key, round(hit.age_s, 3), stale=False)
        cost = Cost(round((time.perf_counter() - began) * 1e3, 3))
        return answer_reply(Answer(known.question, hit.payload, info, cost), tagged)


def around(known: Known, hit: Hit, seconds: float) -> bytes:
    """Return what `Answer.json` puts before the stored part of a hit, made in one step."""
    question = msgspec.json.encode(known.question)
    return _AROUND % (
        question,
        hit.tier.encode(),
        known.key.encode(),
        hit.age_s,
        seconds * 1e3,
    )


_AROUND = (
    b'{"question":%b,"cache":{"tier":"%b","key":"%b","age_s":%.3f,"stale":false},'
    b'"cost":{"wall_ms":%.3f,"lm_calls":0,"lm_tokens":0,"stages":{}},'
)
