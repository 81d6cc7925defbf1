"""The cache as a request sees it: what may be served, and what is kept of a built answer."""

from __future__ import annotations

import msgspec

from goeswith.cache import AnswerCache, Flag, Hit, Token
from goeswith.engine.answer import Cost, Tier
from goeswith.engine.budget import UNUSABLE_PLAN
from goeswith.engine.graph.subgraph import Subgraph
from goeswith.engine.serving.opened import Opened, Reading
from goeswith.engine.serving.paraphrase import Paraphrases
from goeswith.engine.tags import tags_of
from goeswith.engine.tracing import OFF, Tracer

LASTING = frozenset({"edges", "rounds", UNUSABLE_PLAN})
"""Reasons for a cut answer that more time does not cure: the caller wanted no more than this, or
the model would say the same again."""


class Found(msgspec.Struct, frozen=True):
    """An answer's stored part, from the cache or just built; shared by all who asked for it.

    `unfinished` says that time or an LM was short, so that building it again may give more.
    """

    body: bytes
    key: str
    tier: Tier = "none"
    age_s: float = 0.0
    stale: bool = False
    unfinished: bool = False
    cost: Cost = Cost(0.0)


class Serving:
    """Reads and writes the tiers for one engine."""

    def __init__(
        self,
        answers: AnswerCache,
        paraphrases: Paraphrases | None = None,
        tracer: Tracer = OFF,
    ) -> None:
        self.answers = answers
        self.paraphrases = paraphrases
        self._tracer = tracer

    def exact(self, reading: Reading, opened: Opened) -> Found | None:
        """Return the stored answer to this question, or one that this very budget cut short."""
        with self._tracer.span("cache.exact") as span:
            for key in (reading.key, reading.cut_key):
                hit = self.answers.get(key, edition=opened.edition)
                if hit is not None:
                    span.tell(tier=hit.tier, stale=hit.stale)
                    return _found(hit, key, hit.tier)
            span.tell(tier="none")
        return None

    def fresh(self, reading: Reading, opened: Opened) -> Found | None:
        """Return the stored answer if there is no reason to build it again."""
        hit = self.answers.get(reading.key, edition=opened.edition, stale=False)
        return None if hit is None else _found(hit, reading.key, hit.tier)

    def in_need(self, reading: Reading, opened: Opened) -> Found | None:
        """Return an answer that is kept for errors, when a build has just failed."""
        hit = self.answers.get(reading.key, edition=opened.edition, on_error=True)
        return None if hit is None else _found(hit, reading.key, hit.tier)

    def paraphrase(self, reading: Reading, opened: Opened, *, embed: bool) -> Found | None:
        """Return the fresh answer to a question that means the same, if one is stored.

        Without `embed` only those are found that need no vector.
        """
        if self.paraphrases is None or reading.personal:
            return None
        with self._tracer.span("cache.paraphrase", embed=embed) as span:
            found = self._reworded(self.paraphrases, reading, opened, embed)
            span.tell(tier=found.tier if found is not None else "none")
            return found

    def _reworded(
        self, paraphrases: Paraphrases, reading: Reading, opened: Opened, embed: bool
    ) -> Found | None:
        near = paraphrases.find(reading, opened, embed=embed)
        if near is None or not near.serve:
            return None
        hit = self.answers.get(near.key, edition=opened.edition)
        if hit is None:
            paraphrases.forget(near.key)
            return None
        whole = hit.complete and not hit.stale
        return _found(hit, near.key, "paraphrase") if whole else None

    def keep(
        self, reading: Reading, opened: Opened, found: Found, subgraph: Subgraph, since: Token
    ) -> None:
        """Store a built answer, unless what it was built from was dropped after `since`."""
        if subgraph.degraded:
            key, flags = reading.cut_key, Flag.PARTIAL
        else:
            key, flags = reading.key, Flag(0) if subgraph.groups else Flag.NEGATIVE
        tags = tags_of(reading.question, subgraph)
        self.answers.put(key, found.body, tags, flags=flags, since=since, edition=opened.edition)
        # Read it back, so that this process has it in memory when it is asked again.
        self.answers.get(key, edition=opened.edition)
        if not flags and self.paraphrases is not None:
            self._learn(self.paraphrases, reading, opened, found.body)

    def close(self) -> None:
        """Close every tier."""
        if self.paraphrases is not None:
            self.paraphrases.close()
        self.answers.close()

    def _learn(
        self, paraphrases: Paraphrases, reading: Reading, opened: Opened, body: bytes
    ) -> None:
        near = paraphrases.find(reading, opened, embed=True)
        if near is not None and not near.serve:
            other = self.answers.get(near.key, edition=opened.edition)
            if other is None:
                paraphrases.forget(near.key)
            elif other.complete:
                paraphrases.compare(near, body, other.payload)
        paraphrases.add(reading, opened)


def _found(hit: Hit, key: str, tier: Tier) -> Found:
    cut = bool(hit.flags & Flag.PARTIAL)
    return Found(hit.payload, key, tier, round(hit.age_s, 3), hit.stale, cut)


def is_unfinished(subgraph: Subgraph) -> bool:
    """Tell whether a cut answer may become more in another, unhurried build."""
    return not LASTING.issuperset(subgraph.degraded)
