"""What an operator does with the cache of a home: drop by hand, look inside."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import msgspec

from goeswith.cache import EdgeStore, Invalidated, Usage, invalidate
from goeswith.engine.model import Relation, type_name
from goeswith.engine.serving.background import BackgroundCounts
from goeswith.engine.serving.opened import Opened
from goeswith.engine.serving.opening import open_ledger
from goeswith.engine.serving.storage import describe, edges_folder, open_edges, states
from goeswith.engine.serving.tiers import Serving
from goeswith.engine.settings import Settings
from goeswith.engine.tags import sku_tag

HITS = ("memory", "disk", "shared", "paraphrase")


class Upkeep:
    """Drops and counts over the stores of one home."""

    def __init__(self, folder: Path, settings: Settings, serving: Serving, usage: Usage) -> None:
        self._folder = folder
        self._settings = settings
        self._serving = serving
        self._usage = usage

    def drop(self, opened: Opened, skus: Iterable[str], types: Iterable[str]) -> Invalidated:
        """Drop the answers and edges that name a SKU or a product type, in every tier.

        Raises:
            CacheError: a store could not drop. Call again with the same.
        """
        tags = [*map(sku_tag, skus), *(f"type:{name}" for name in _paths(opened, types))]
        edges = self._edges()
        try:
            return invalidate(tags, answers=self._serving.answers, edges=edges)
        finally:
            if edges is not None:
                edges.close()

    def clear(self, opened: Opened) -> Invalidated:
        """Drop every answer, edge and paraphrase.

        Raises:
            CacheError: a store could not drop. Call again.
        """
        edges = self._edges()
        gone = 0
        if edges is not None:
            try:
                gone = edges.store.clear()
            finally:
                edges.close()
        if self._serving.paraphrases is not None:
            self._serving.paraphrases.clear(opened)
        return Invalidated(*self._serving.answers.clear(), gone)

    def stats(self, opened: Opened, background: BackgroundCounts | None) -> dict[str, object]:
        """Return what is stored and what it was good for, as plain data."""
        counts, answers = self._usage.counts(), self._serving.answers
        told: dict[str, object] = {
            "answers": describe(answers) | states(answers, time.time()),
            "asks": _asks(counts),
            "lm": _lm(counts),
            "lm_today": self._today(),
            "edges": self._edge_counts(),
            "refused": _by_reason(counts, "refused."),
            "degraded": _by_reason(counts, "degraded."),
        }
        if self._serving.paraphrases is not None:
            stats = self._serving.paraphrases.stats(opened)
            told["paraphrases"] = {"entries": stats.entries, "observations": stats.observations}
        if background is not None:
            told["background"] = msgspec.structs.asdict(background)
        return told

    def _today(self) -> dict[str, object]:
        with closing(open_ledger(self._folder, self._settings)) as ledger:
            today = ledger.today()
        stages = {name: msgspec.structs.asdict(cost) for name, cost in today.stages.items()}
        return msgspec.structs.asdict(today) | {"stages": stages}

    def _edge_counts(self) -> dict[str, dict[str, int]]:
        edges = self._edges()
        if edges is None:
            return {}
        try:
            found = edges.counts(relation.value for relation in Relation)
        finally:
            edges.close()
        return {name: count._asdict() for name, count in found.items() if any(count)}

    def _edges(self) -> EdgeStore | None:
        if not edges_folder(self._folder).exists():
            return None
        return open_edges(self._folder, self._settings.cache)


def _paths(opened: Opened, names: Iterable[str]) -> list[str]:
    """Return the paths of the types that are called so, by path or last part; else the name."""
    every = [path for path in opened.catalog.types if path]
    found: list[str] = []
    for name in names:
        wanted = name.strip().casefold()
        hits = [
            type_name(path)
            for path in every
            if wanted in (type_name(path).casefold(), path[-1].casefold())
        ]
        found += hits or [name]
    return found


def _asks(counts: dict[str, int]) -> dict[str, object]:
    tiers = {name: counts.get(f"asks.{name}", 0) for name in (*HITS, "none")}
    total = sum(tiers.values())
    rates = {f"{name}_rate": round(tiers[name] / total, 4) if total else 0.0 for name in HITS}
    stale = counts.get("asks.stale", 0)
    return {"all": total, **tiers, **rates, "stale": stale, "cut": counts.get("asks.cut", 0)}


def _by_reason(counts: dict[str, int], start: str) -> dict[str, int]:
    """Return the counters whose name begins so, by the rest of the name, most first."""
    found = {name.removeprefix(start): n for name, n in counts.items() if name.startswith(start)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _lm(counts: dict[str, int]) -> dict[str, object]:
    """Return what was spent, and what the hits would have cost at the mean of all builds."""
    builds, calls = counts.get("builds", 0), counts.get("lm_calls", 0)
    hits = sum(counts.get(f"asks.{name}", 0) for name in HITS)
    return {
        "builds": builds,
        "calls": calls,
        "tokens": counts.get("lm_tokens", 0),
        "usd": round(counts.get("lm_microusd", 0) / 1e6, 6),
        "calls_saved": round(hits * calls / builds) if builds else 0,
    }
