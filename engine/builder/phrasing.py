"""Search words for needs whose parents have been chosen, or that this shop has no type for.

What attributes decide needs no better words. What was phrased before for the same chosen product,
or ahead of questions for the two product types, is read from the edge store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from goeswith.engine.graph.outline import Brief, Outline
from goeswith.engine.index.shop import Shop
from goeswith.engine.lm.asking import Ask
from goeswith.engine.model import Relation
from goeswith.engine.planner.grounded import meaning
from goeswith.engine.proposer.known import KnownEdges, Note
from goeswith.engine.retrieval.text import terms
from goeswith.prompts import PHRASE, Failed, PhraseAsk

Chosen = Mapping[str, Sequence[tuple[str, str]]]
"""SKU and title of the products chosen or given, by need id."""

Parents = Sequence[tuple[str, str]]
"""SKU and title of the first product of each need that a need waits for."""

HINTS = 20


class Phrasing:
    """Phrases the searches of one build."""

    def __init__(self, shop: Shop, known: KnownEdges) -> None:
        self._shop = shop
        self._known = known
        self._found: dict[str, tuple[str, ...]] = {}
        self.notes: list[Note] = []

    def asks(self, briefs: Sequence[Brief], chosen: Chosen) -> list[Ask[Any, Any]]:
        """Return the call that phrases the needs of a rank, none where nothing is to be phrased."""
        needs, titles = [], []
        for brief in briefs:
            parents = self._parents(brief, chosen)
            if brief.type_ids and (not parents or self._is_decided(brief, chosen)):
                continue
            if noted := self._noted(brief, parents):
                self._found[brief.need.id] = noted
                continue
            needs.append((brief.need.id, brief.need.phrase))
            titles += [title for _, title in parents]
        if not needs:
            return []
        if any(not brief.type_ids for brief in briefs):
            titles = []  # Words found for a need without a type choose its type; no title may.
        hits = self._shop.retriever.types(" ".join(phrase for _, phrase in needs), HINTS)
        hints = tuple(self._shop.kinds.label(t) for t in hits.type_ids.tolist())
        about = PhraseAsk(tuple(needs), hints, tuple(dict.fromkeys(titles)))
        return [Ask(PHRASE, about)]

    def applied(
        self,
        outline: Outline,
        rank: int,
        asks: Sequence[Ask[Any, Any]],
        results: Sequence[Any],
        chosen: Chosen,
    ) -> Outline:
        """Return the outline with the searches of this rank as they were phrased."""
        by_id = {brief.need.id: brief for brief in outline.briefs}
        for _, result in zip(asks, results, strict=False):
            if isinstance(result, Failed):
                continue
            for need, queries in result.queries:
                self._found[need] = queries
                self._note(by_id[need], queries, chosen)
        briefs = tuple(
            self._reworded(brief) if brief.need.rank == rank else brief for brief in outline.briefs
        )
        return msgspec.structs.replace(outline, briefs=briefs)

    def _reworded(self, brief: Brief) -> Brief:
        queries = self._found.get(brief.need.id, ())
        if brief.type_ids and queries:
            return msgspec.structs.replace(brief, query=queries[0])
        for query in queries:
            found = meaning(self._shop, brief, query)
            if found.type_ids:
                return found
        return brief

    def _parents(self, brief: Brief, chosen: Chosen) -> list[tuple[str, str]]:
        return [first for p in brief.need.depends_on for first in list(chosen.get(p, ()))[:1]]

    def _is_decided(self, brief: Brief, chosen: Chosen) -> bool:
        catalog, rules = self._shop.catalog, self._shop.compatibility
        rows = [catalog.row(sku) for sku, _ in self._parents(brief, chosen)]
        types = [int(catalog.type_of[row]) for row in rows if row is not None]
        must_fit = brief.relation is Relation.COMPATIBLE_WITH
        return must_fit or any(rules.has_rule(a, brief.type_ids[0]) for a in types)

    def _noted(self, brief: Brief, parents: Parents) -> tuple[str, ...]:
        for sku, _ in parents[:1]:
            value = self._known.notes(f"sku:{sku}", "phrased").get(f"need:{brief.need.phrase}")
            if value is not None:
                return msgspec.json.decode(value, type=tuple[str, ...])
        return self._noted_of_types(brief, parents)

    def _noted_of_types(self, brief: Brief, parents: Parents) -> tuple[str, ...]:
        """Return what was phrased for a parent's type, led by what this very need says."""
        if not brief.type_ids:
            return ()
        tail = self._shop.kinds.node_id(brief.type_ids[0])
        for sku, _ in parents:
            row = self._shop.catalog.row(sku)
            kind = -1 if row is None else int(self._shop.catalog.type_of[row])
            if kind < 0:
                continue
            value = self._known.notes(self._shop.kinds.node_id(kind), "phrased").get(tail)
            if value is not None:
                told = msgspec.json.decode(value, type=tuple[str, ...])
                return tuple(led_by(brief.need.phrase, query) for query in told)
        return ()

    def _note(self, brief: Brief, queries: tuple[str, ...], chosen: Chosen) -> None:
        for sku, _ in self._parents(brief, chosen)[:1]:
            value = msgspec.json.encode(queries)
            self.notes.append((f"sku:{sku}", "phrased", f"need:{brief.need.phrase}", value))


def led_by(phrase: str, query: str) -> str:
    """Return a need's own words and those of a query that it does not hold yet."""
    held = set(terms(phrase))
    more = [word for word in query.split() if not held.issuperset(terms(word))]
    return " ".join((phrase, *more))
