"""The edge store: what is known about pairs, between types and between SKUs.

An edge is looked up by its head and relation. Ends are node names such as "type:A > B" or
"sku:4711", so both kinds live side by side, and each end is a tag: dropping "sku:4711" drops its
edges. Rejected edges are kept too, for a shorter time, so that nobody asks again too soon.
What an edge's value means is the caller's business.

Whoever cannot wait for the disk has edges written behind: they are read from memory until then.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from goeswith.cache.behind import Behind
from goeswith.cache.envelope import Damaged, Meta, Opened, pack, unpack
from goeswith.cache.keys import key_of
from goeswith.cache.store import Item, Store

_LOG = logging.getLogger(__name__)
_DAY = 86_400.0
_PATIENCE_S = 10.0


class StoredEdge(msgspec.Struct, frozen=True, array_like=True):
    """One edge with the verdict on it. `version` says which gate, prompts and LM it comes from."""

    head: str
    relation: str
    tail: str
    accepted: bool
    version: str
    value: bytes


class EdgeCount(NamedTuple):
    """How many edges of a relation are stored, by verdict."""

    accepted: int
    rejected: int


class EdgeStore:
    """Edges in a store of their own. Safe for threads and processes as the store is."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        accepted_s: float = 90 * _DAY,
        rejected_s: float = 7 * _DAY,
        skew_s: float = 300.0,
    ) -> None:
        """Keep edges in `store`, which holds nothing else.

        Args:
            store: Where the bytes go.
            clock: Gives Unix seconds.
            accepted_s: How long accepted edges live, in seconds.
            rejected_s: How long rejected edges live, in seconds.
            skew_s: An edge made further than this in the future is not served.
        """
        self.store = store
        self.damaged = 0
        self._clock = clock
        self._lives = {True: accepted_s, False: rejected_s}
        self._skew = skew_s
        self._decode = msgspec.msgpack.Decoder(StoredEdge).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._behind: Behind[StoredEdge] = Behind(lambda rows, at: self.put_many(rows, since=at))

    def get(
        self, head: str, relation: str, tail: str, *, version: str | None = None
    ) -> StoredEdge | None:
        """Return one edge, accepted or rejected, or None. See `of` for `version`."""
        edge = self._waiting(head).get((relation, tail))
        if edge is None:
            key = _key(head, relation, tail)
            blob = self.store.get(key)
            edge = None if blob is None else self._open(key, blob, self._clock())
        return edge if edge is not None and version in {None, edge.version} else None

    def of(
        self, head: str, relation: str | None = None, *, version: str | None = None
    ) -> list[StoredEdge]:
        """Return the edges that start at `head`, sorted by relation and tail.

        Args:
            head: Where they start.
            relation: Only this one, or None for all.
            version: Only edges of this version; those of another are left to be replaced.
        """
        tag = _starts(head) if relation is None else _group(head, relation)
        now = self._clock()
        # What waits is looked at first: written in between, it would be found in neither.
        late = self._waiting(head)
        found = (self._open(key, blob, now) for key, blob in self.store.get_tag(tag))
        edges = {(edge.relation, edge.tail): edge for edge in found if edge is not None}
        if late:
            edges |= {key: edge for key, edge in late.items() if relation in {None, key[0]}}
        return sorted(
            (edge for edge in edges.values() if version in {None, edge.version}),
            key=lambda edge: (edge.relation, edge.tail),
        )

    def put_many(self, edges: Iterable[StoredEdge], *, since: int | None = None) -> int:
        """Write all edges or none; return how many were written.

        With `since`, from `store.generation()`, edges with an end dropped after that are left out.

        Raises:
            StoreError: Nothing was written.
        """
        now = self._clock()
        return self.store.set_many((self._item(edge, now) for edge in edges), since=since)

    def put_later(self, edges: Iterable[StoredEdge], *, since: int) -> int:
        """Have edges written behind the caller; return how many were taken: all, or none.

        They are read from now on, here; by others once they are written. `flush` waits for that.
        What cannot be written is lost, and said in the log. As with `put_many`, edges with an end
        dropped after `since` are left out; until they are written, any drop hides them.
        """
        return self._behind.put(((edge.head, edge) for edge in edges), since)

    def flush(self, timeout_s: float | None = None) -> bool:
        """Wait until what `put_later` took is written; return whether that came in time."""
        return self._behind.flush(timeout_s)

    def drop(self, ends: Iterable[str]) -> int:
        """Drop every edge with one of `ends`; return how many. Raises StoreError."""
        return len(self.store.drop_tags(ends))

    def counts(self, relations: Iterable[str]) -> dict[str, EdgeCount]:
        """Return how many edges each of `relations` has, expired ones included."""
        return {
            relation: EdgeCount(*(self.store.count_tag(_tally(relation, v)) for v in (True, False)))
            for relation in relations
        }

    def close(self) -> None:
        """Write what waits, within reason, and close the store."""
        if not self.flush(_PATIENCE_S):
            _LOG.warning("Edges that a model named are not kept: the disk takes too long.")
        self.store.close()

    def _waiting(self, head: str) -> dict[tuple[str, str], StoredEdge]:
        """Return the edges of a head that are not written yet, unless something was dropped."""
        rows = self._behind.of(head)
        if not rows:
            return {}
        generation = self.store.generation()
        return {(e.relation, e.tail): e for e, since in rows if since >= generation}

    def _item(self, edge: StoredEdge, now: float) -> Item:
        key = _key(edge.head, edge.relation, edge.tail)
        until = now + self._lives[edge.accepted]
        tags = (
            edge.head,
            edge.tail,
            _starts(edge.head),
            _group(edge.head, edge.relation),
            _tally(edge.relation, edge.accepted),
        )
        blob = pack(key, self._encode(edge), Meta(now, until, until, until))
        return Item(key, blob, tags, until)

    def _open(self, key: str, blob: bytes, now: float) -> StoredEdge | None:
        opened = unpack(key, blob)
        if isinstance(opened, Opened):
            if not opened.created - self._skew <= now < opened.fresh_until:
                return None
            try:
                return self._decode(opened.payload)
            except msgspec.DecodeError:
                opened = Damaged("not an edge")
        if isinstance(opened, Damaged):
            self.damaged += 1
            self.store.quarantine(key, blob, opened.reason)
        return None


def _key(head: str, relation: str, tail: str) -> str:
    return key_of("goeswith/edge/1", head, relation, tail)


def _starts(head: str) -> str:
    return f"\x00head\x00{head}"


def _group(head: str, relation: str) -> str:
    return f"\x00group\x00{relation}\x00{head}"


def _tally(relation: str, accepted: bool) -> str:
    return f"\x00tally\x00{relation}\x00{'accepted' if accepted else 'rejected'}"
