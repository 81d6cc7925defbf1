"""What is not known yet about a product type: the pairs worth asking a model about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Relation
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.proposer.merge import merge
from goeswith.prompts import Bought, Thing

BOUGHT = 12
"""Mined neighbours of a type that a model is asked to name."""

NEAR = 4
"""Types of a like name and another job that a model is asked about."""

Pair = tuple[int, int]

DOUBTFUL = 8
"""Types that curated knowledge relates and the gate refuses here, which a model is asked about."""

_EVERY = frozenset(Relation)


class Open(NamedTuple):
    """What is open about some types: pairs that baskets join without a reason, and other pairs."""

    bought: list[Pair]
    others: list[Pair]


class _Written(NamedTuple):
    """What curated knowledge says of a type: what the gate accepts here, and what it does not."""

    accepted: set[int]
    doubtful: list[int]


class Mapped(NamedTuple):
    """What a model's phrases mean here: pairs with the head, and how many phrases mean nothing."""

    pairs: list[Pair]
    nothing: int


class Frontier:
    """Finds the gaps of one snapshot. A pair is given out once, whichever end it was met from."""

    def __init__(self, shop: Shop, known: KnownEdges) -> None:
        self._shop = shop
        self._known = known
        self._mentions = shop.mentions
        self._given: set[frozenset[int]] = set()
        self._gate = shop.gate("")
        self._curated: dict[int, _Written] = {}

    def heads(self, limit: int | None = None) -> list[int]:
        """Return the type ids that hold products, the most bought first, ties by id."""
        counts = self._shop.behaviour.type_popularity
        rows = self._shop.retriever.rows_of_type
        sold = [t for t, path in enumerate(self._shop.catalog.types) if path and len(rows(t, 1))]
        return sorted(sold, key=lambda t: (-int(counts[t]), t))[:limit]

    def open(self, heads: Iterable[int]) -> Open:
        """Return what no one has said anything about yet."""
        found = Open([], [])
        for head in heads:
            settled = self._settled(head)
            near = self._shop.behaviour.type_neighbours(head)
            bought = [int(t) for t in near.ids[near.significant][:BOUGHT]]
            found.bought.extend(self._new(head, bought, settled))
            others = [*self._near(head), *self._written(head).doubtful]
            found.others.extend(self._new(head, others, settled))
        return found

    def mapped(self, head: int, phrases: Iterable[str]) -> Mapped:
        """Return the types that phrases mean, as pairs with the head that are still open."""
        settled = self._settled(head)
        pairs: list[Pair] = []
        nothing = 0
        for phrase in phrases:
            meant = self._shop.meanings.of(phrase, fits=self._mentions)
            if not meant:
                nothing += 1
            pairs.extend(self._new(head, list(meant)[:1], settled))
        return Mapped(pairs, nothing)

    def bought(self, pairs: Iterable[Pair]) -> list[Bought]:
        """Return pairs with what the baskets say about them."""
        types = self._shop.catalog.types
        found = []
        for a, b in pairs:
            pair = self._shop.behaviour_proposer.type_pair(a, b)
            left, right = (Thing(str(t), types[t][-1], " > ".join(types[t][:-1])) for t in (a, b))
            found.append(Bought(left, right, pair.support, round(pair.lift, 1)))
        return found

    def titles(self, head: int, most: int = 3) -> list[str]:
        """Return the titles of a type's most bought products."""
        rows = self._shop.retriever.rows_of_type(head, most).tolist()
        return list(dict.fromkeys(self._shop.catalog.title(row) for row in rows))

    def _near(self, head: int) -> list[int]:
        kinds = self._shop.kinds
        hits = self._shop.retriever.types(kinds.label(head), 6 * NEAR)
        others = [t for t in hits.type_ids.tolist() if not kinds.same_function(head, t)]
        return others[:NEAR]

    def _new(self, head: int, tails: Iterable[int], settled: set[int]) -> list[Pair]:
        found = []
        for tail in tails:
            ends = frozenset((head, tail))
            contradicted = (
                self._shop.behaviour_proposer.type_pair(head, tail).verdict == "contradicts"
            )
            if len(ends) < 2 or ends in self._given or tail in settled:
                continue
            self._given.add(ends)
            if not contradicted and head not in self._settled(tail):
                found.append((head, tail))
        return found

    def _settled(self, head: int) -> set[int]:
        """Return the types whose relation to this one somebody has named, or refused, before.

        Curated knowledge that the gate does not accept here settles nothing: a question would ask.
        """
        known = {p.target.ref for p in self._known.type_relations([head])}
        known |= {tail for _, tail in self._known.refused([head])}
        return known | self._written(head).accepted

    def _written(self, head: int) -> _Written:
        """Return the types that curated knowledge relates to this one, by the gate's verdict."""
        if head not in self._curated:
            said = self._shop.curated_proposer.type_relations([head], _EVERY)
            merged = merge(said, self._shop.behaviour_proposer.between_types)
            passed = {edge.target for edge in self._gate.judge(merged)[0]}
            accepted = {p.target.ref for p in merged if p.target.id in passed}
            doubtful = [p.target.ref for p in merged if p.target.id not in passed]
            self._curated[head] = _Written(accepted, doubtful[:DOUBTFUL])
        return self._curated[head]
