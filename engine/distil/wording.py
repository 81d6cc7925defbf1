"""Search words ahead of questions: what to look for in one type when a product of another is there.

A question asks for them for each rank of its plan. What is kept here for two types spares it the
call; what attributes decide needs no words, here as there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from goeswith.engine.index.shop import Shop
from goeswith.engine.lm.asking import Ask
from goeswith.engine.model import COMPLEMENTS
from goeswith.engine.planner.complements import Complements
from goeswith.engine.proposer.known import KnownEdges, Note
from goeswith.prompts import PHRASE, Failed, PhraseAsk
from goeswith.prompts.phrase import MAX_ASKED

MOST = 12
"""Types for which words are sought beside one type, those that surely go with it first."""

HINTS = 20

Pair = tuple[int, int]


class Wording:
    """Asks for the words of type pairs over one snapshot."""

    def __init__(self, shop: Shop, known: KnownEdges) -> None:
        self._shop = shop
        self._known = known
        self._complements = Complements(shop, known)

    def pairs(self, heads: Sequence[int], claimed: Iterable[Pair]) -> list[Pair]:
        """Return the pairs without words: what was just claimed, then what goes with each head."""
        gate = self._shop.gate("")
        found: dict[Pair, None] = {}
        for head in heads:
            edges, _ = self._complements.edges([head], COMPLEMENTS, gate)
            edges.sort(key=lambda edge: (-edge.confidence, edge.id))
            ids = (self._shop.kinds.type_id(edge.target) for edge in edges)
            tails = [b for a, b in claimed if a == head] + [t for t in ids if t >= 0]
            found.update(((head, tail), None) for tail in list(dict.fromkeys(tails))[:MOST])
        return [pair for pair in found if self._is_open(*pair)]

    def asks(self, pairs: Sequence[Pair]) -> list[Ask[Any, Any]]:
        """Return the calls that phrase the pairs, as few as there can be."""
        return [self._ask(pairs[at : at + MAX_ASKED]) for at in range(0, len(pairs), MAX_ASKED)]

    def notes(self, results: Iterable[Any]) -> list[Note]:
        """Return what is to be kept of the replies."""
        node = self._shop.kinds.node_id
        kept: list[Note] = []
        for result in results:
            if isinstance(result, Failed):
                continue
            for name, queries in result.queries:
                head, tail = map(int, name.split())
                kept.append((node(head), "phrased", node(tail), msgspec.json.encode(queries)))
        return kept

    def _is_open(self, head: int, tail: int) -> bool:
        if self._shop.compatibility.has_rule(head, tail):
            return False
        node = self._shop.kinds.node_id
        return node(tail) not in self._known.notes(node(head), "phrased")

    def _ask(self, pairs: Sequence[Pair]) -> Ask[Any, Any]:
        label = self._shop.kinds.label
        needs = tuple((f"{a} {b}", f"{label(b)} for {label(a)}") for a, b in pairs)
        tails = dict.fromkeys(label(b) for _, b in pairs)
        return Ask(PHRASE, PhraseAsk(needs, tuple(tails)[:HINTS]))
