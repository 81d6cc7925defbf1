"""What was settled about pairs of product types before: reads and fills the edge store.

Only what a model said is kept: the rest is looked up faster than it is read. A stored edge is a
proposal again, not a verdict: today's gate judges it with today's baskets. What was refused is
believed only from the same model and prompts, so that a better model gets its say.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal

import msgspec

from goeswith.cache import EdgeStore, StoredEdge
from goeswith.cache.errors import CacheError
from goeswith.engine.gate.critic import NOT_JUDGED
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.model import Edge, Evidence, Relation, TypePath, type_name

_LOG = logging.getLogger(__name__)

Note = tuple[str, Literal["brings", "phrased"], str, bytes]
"""What else a model said: a node, what about it, the other end, the value."""

NONE = "none"
"""Relation under which it is kept that a model sees no relation."""

_RELATIONS = frozenset(Relation)


class Remembered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The value of a stored edge: the reason given, the evidence of models, why it was refused."""

    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    refused: str = ""


def nothing_known(types: Sequence[TypePath]) -> KnownEdges:
    """Return the edges of a shop without an edge store."""
    return KnownEdges(lambda: None, types)


class KnownEdges:
    """Reads and writes the edge store in terms of one snapshot's product types.

    Args:
        find: returns the store, or None while there is none. Asked anew for each build.
        types: type paths by type id.
        version: model and prompts of this engine; "" without a model.
    """

    def __init__(
        self, find: Callable[[], EdgeStore | None], types: Sequence[TypePath], version: str = ""
    ) -> None:
        self._find = find
        self._types = types
        self._version = version
        self._ids = {type_name(path): type_id for type_id, path in enumerate(types)}

    def begin(self) -> int:
        """Return the store's generation, to be given to `remember`."""
        store = self._find()
        return 0 if store is None else store.store.generation()

    def type_relations(
        self, heads: Iterable[int], relations: Collection[Relation] = _RELATIONS
    ) -> list[Proposal]:
        """Propose the stored relations of the given kinds that start at these types."""
        store = self._find()
        if store is None:
            return []
        found = []
        for head in heads:
            source = type_end(head, self._types[head])
            for edge in store.of(source.id):
                relation, tail = _relation(edge.relation), self._tail(edge)
                if edge.accepted and relation and relation in relations and tail is not None:
                    told = _value(edge)
                    target = type_end(tail, self._types[tail])
                    found.append(Proposal(source, target, relation, told.evidence, told.reason))
        return found

    def refused(self, heads: Iterable[int]) -> dict[tuple[int, int], str]:
        """Return the pairs about which this very model was asked in vain, and why."""
        store = self._find()
        if store is None:
            return {}
        found = {}
        for head in heads:
            for edge in store.of(type_end(head, self._types[head]).id, version=self._version):
                tail = self._tail(edge)
                if not edge.accepted and tail is not None:
                    found[head, tail] = _value(edge).refused
        return found

    def remember(
        self,
        judged: Iterable[tuple[Proposal, Edge]],
        none: Iterable[tuple[int, int]] = (),
        notes: Iterable[Note] = (),
        *,
        since: int | None = None,
        later: bool = False,
    ) -> int:
        """Keep what a model said and the gate's verdict on it. Returns how many were kept.

        A store that cannot be written keeps nothing; the answer does not depend on it.

        Args:
            judged: proposals between types with the gate's verdicts, accepted and refused. What
                no critic has judged is not kept.
            none: pairs of type ids between which the model sees no relation.
            notes: what else it said, written together with the rest.
            since: from `begin`; what was dropped after that stays away.
            later: have it written behind an answer that cannot wait for the disk. It is read here
                from now on. Needs `since`.
        """
        rows = [self._row(proposal, edge) for proposal, edge in judged if _is_judged(edge)]
        for head, tail in none:
            ends = [type_end(t, self._types[t]).id for t in (head, tail)]
            value = msgspec.json.encode(Remembered(refused="no_relation"))
            rows.append(StoredEdge(ends[0], NONE, ends[1], False, self._version, value))
        rows += self._noted(notes)
        store = self._find()
        if later and store is not None and since is not None:
            return store.put_later(rows, since=since)
        return self._put(rows, since)

    def notes(self, head: str, relation: Literal["brings", "phrased"]) -> dict[str, bytes]:
        """Return what else this model said about a node, by the other end."""
        store = self._find()
        if store is None:
            return {}
        return {e.tail: e.value for e in store.of(head, relation, version=self._version)}

    def note(self, rows: Iterable[Note], since: int) -> int:
        """Keep what else a model said."""
        return self._put(self._noted(rows), since)

    def _noted(self, rows: Iterable[Note]) -> list[StoredEdge]:
        version = self._version
        return [
            StoredEdge(head, what, tail, True, version, value) for head, what, tail, value in rows
        ]

    def _put(self, rows: Sequence[StoredEdge], since: int | None) -> int:
        store = self._find()
        if store is None or not rows:
            return 0
        try:
            return store.put_many(rows, since=since)
        except CacheError as error:
            _LOG.warning("Edges are not kept: %s", error)
            return 0

    def _row(self, proposal: Proposal, edge: Edge) -> StoredEdge:
        evidence = tuple(item for item in proposal.evidence if item.kind == "lm")
        told = Remembered(proposal.reason, evidence, edge.verdict.reason)
        value = msgspec.json.encode(told)
        return StoredEdge(
            edge.source, edge.relation, edge.target, edge.verdict.accepted, self._version, value
        )

    def _tail(self, edge: StoredEdge) -> int | None:
        return self._ids.get(edge.tail.removeprefix("type:"))


def _is_judged(edge: Edge) -> bool:
    said = any(item.kind == "lm" for item in edge.evidence)
    return said and edge.verdict.reason != NOT_JUDGED


def _relation(name: str) -> Relation | None:
    return Relation(name) if name in _RELATIONS else None


def _value(edge: StoredEdge) -> Remembered:
    return msgspec.json.decode(edge.value, type=Remembered)
