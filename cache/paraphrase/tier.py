"""The paraphrase tier: a stored question that means the same, found and proven, or nothing.

    question ── what must agree ── no stored question agrees: nothing, and no vector is made
                   ├─ equal form: SAME, served on the guard's word
                   └─ nearest vector among those that agree: UNPROVEN, served only if the entry's
                      own bound was learned from enough built answers

A candidate is only a key. Whoever asked reads the answer under that key, and so sees nothing that
was dropped: a key without an answer is forgotten with `forget`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np
import xxhash

from goeswith.cache.envelope import Meta, Opened, pack, unpack
from goeswith.cache.paraphrase.bound import MOST_OBSERVATIONS, NEVER, Observation, serving_from
from goeswith.cache.paraphrase.guard import Kind, Shape, guard_version, kind_of, shape_of
from goeswith.cache.paraphrase.index import Vector, VectorIndex
from goeswith.cache.paraphrase.journal import Journal, Sight
from goeswith.cache.paraphrase.record import Asked

Clock = Callable[[], float]
_NO_TIMES = Meta(0.0, 0.0, 0.0, 0.0)
ON_GUARD = 2.0
"""Stands for the similarity of an observation made of a SAME candidate."""


class Policy(msgspec.Struct, frozen=True):
    """What may be served.

    Attributes:
        delta: The share of wrong answers that a learned bound allows.
        epsilon: How sure a learned bound has to be.
        least: The least similarity at which a neighbour is looked at.
        explore_same: The share of SAME candidates built anyway, to be compared.
        explore_learned: The share of candidates served by a learned bound that is built anyway.
        most: Entries kept; the oldest go first.
        sync_every_s: How often to look for what other processes stored, in seconds.
    """

    delta: float = 0.01
    epsilon: float = 0.05
    least: float = 0.6
    explore_same: float = 0.02
    explore_learned: float = 0.1
    most: int = 100_000
    sync_every_s: float = 1.0


class Candidate(msgspec.Struct, frozen=True):
    """A stored question that may mean the same.

    Attributes:
        key: Of its answer.
        kind: SAME or UNPROVEN.
        similarity: Cosine of both vectors; None when none was needed.
        serve: Whether its answer may be served. If not, build, and tell with `observe` whether
            the built answer was the same.
    """

    key: str
    kind: Kind
    similarity: float | None
    serve: bool


class ParaphraseStats(msgspec.Struct):
    """What is held, and what happened since the tier was opened."""

    entries: int = 0
    observations: int = 0
    lookups: int = 0
    vectors: int = 0
    same: int = 0
    learned: int = 0
    explored: int = 0
    wrong: int = 0
    damaged: int = 0


class _Stored(msgspec.Struct, frozen=True):
    asked: Asked
    shape: Shape
    guard: str
    vector: bytes


class _Entry:
    """A stored question as it is held: its shape, and what was seen of it."""

    __slots__ = ("_serves_from", "seen", "shape", "trusted")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.seen: list[Observation] = []
        self.trusted = True
        self._serves_from: float | None = NEVER

    def see(self, seen: Observation) -> None:
        """Learn from one observation; of a SAME candidate, only a wrong one teaches."""
        self.trusted &= seen.correct or seen.similarity != ON_GUARD
        if seen.similarity != ON_GUARD:
            self.seen.append(seen)
            del self.seen[:-MOST_OBSERVATIONS]
            self._serves_from = None

    def serves_from(self, policy: Policy) -> float:
        """Return the similarity from which the entry serves."""
        if self._serves_from is None:
            self._serves_from = serving_from(self.seen, delta=policy.delta, epsilon=policy.epsilon)
        return self._serves_from


class _Bucket:
    """The entries that agree in everything that must agree."""

    __slots__ = ("forms", "index")

    def __init__(self, dim: int) -> None:
        self.forms: dict[bytes, str] = {}
        self.index = VectorIndex(dim)


class ParaphraseTier:
    """Stored questions. Safe for threads; a folder may be open in many processes."""

    def __init__(
        self,
        folder: Path | None,
        dim: int,
        *,
        embedder: str = "",
        policy: Policy | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """Open the tier; what is stored is read with the first look-up.

        Args:
            folder: Of its own; None keeps nothing.
            dim: Length of a vector.
            embedder: Name of what makes the vectors. Entries of another one are not seen.
            policy: What may be served.
            clock: Gives seconds that never go back.
        """
        self.policy = policy or Policy()
        self.counts = ParaphraseStats()
        self._dim = dim
        self._clock = clock
        self._journal = Journal(folder, f"{embedder}/{dim}")
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._buckets: dict[bytes, _Bucket] = {}
        self._sync_at = -1.0

    def find(
        self, asked: Asked, key: str, vector: Callable[[], Vector] | None = None
    ) -> Candidate | None:
        """Return the stored question that comes nearest, or None. Takes any text.

        Args:
            asked: The question.
            key: Of its own answer; never a candidate.
            vector: Gives the question's unit vector, float32, shape (dim,). Called only when a
                stored question agrees in all that must agree and none has the same form. Without
                it only a question of the same form is found.

        Raises:
            ValueError: the vector has another length or is not finite.
        """
        shape = shape_of(asked)
        with self._lock:
            self._catch_up()
            self.counts.lookups += 1
            bucket = self._buckets.get(shape.hard)
            if bucket is None:
                return None
            same = bucket.forms.get(shape.form)
            if same is not None and same != key and self._entries[same].trusted:
                return self._decide(key, same, Kind.SAME, None)
            if vector is None:
                return None
            self.counts.vectors += 1
        wanted = self._checked(vector())
        with self._lock:
            near = bucket.index.nearest(wanted, besides=key)
            if near is None or near.similarity < self.policy.least:
                return None
            kind = kind_of(shape, self._entries[near.name].shape)
            if kind is Kind.DIFFERENT:
                return None
            return self._decide(key, near.name, kind, near.similarity)

    def add(self, asked: Asked, key: str, vector: Vector) -> None:
        """Store a question whose answer is kept under `key`. Never call it for a personal one.

        What was observed of an entry of that key stays.

        Raises:
            ValueError: the vector has another length or is not finite.
        """
        checked = self._checked(vector)
        shape = shape_of(asked)
        stored = _Stored(asked, shape, guard_version(), checked.tobytes())
        blob = pack(key, msgspec.msgpack.encode(stored), _NO_TIMES)
        with self._lock:
            if self._journal.put(key, blob):
                self._catch_up(now=True)
            else:
                self._put(key, shape, checked)
            if len(self._entries) > self.policy.most:
                too_many = len(self._entries) - self.policy.most
                self._forget(list(self._entries)[: too_many + self.policy.most // 100])

    def observe(self, candidate: Candidate, *, correct: bool) -> None:
        """Tell whether a candidate's answer was the one that was built.

        One wrong answer takes the guard's word from an entry for good: from then on it serves by
        its learned bound alone.
        """
        similarity = ON_GUARD if candidate.similarity is None else candidate.similarity
        sight = Sight(candidate.key, float(similarity), correct)
        with self._lock:
            if candidate.key not in self._entries:
                return
            self.counts.wrong += not correct
            if self._journal.see(sight):
                self._catch_up(now=True)
            else:
                self._see(sight)

    def forget(self, keys: Iterable[str]) -> int:
        """Forget entries, here and in every other process; return how many were known here."""
        with self._lock:
            return self._forget(list(keys))

    def clear(self) -> int:
        """Forget everything; return how many entries there were."""
        with self._lock:
            self._catch_up(now=True)
            return self._forget(list(self._entries))

    def stats(self) -> ParaphraseStats:
        """Return counts."""
        with self._lock:
            self._catch_up()
            seen = sum(len(entry.seen) for entry in self._entries.values())
            return msgspec.structs.replace(
                self.counts, entries=len(self._entries), observations=seen
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._journal.close()

    def _decide(self, key: str, name: str, kind: Kind, similarity: float | None) -> Candidate:
        """Say whether the candidate may be served. The same question always gets the same say."""
        policy = self.policy
        if similarity is None:
            serve, rate = True, policy.explore_same
        else:
            serve = similarity >= self._entries[name].serves_from(policy)
            rate = policy.explore_learned
        if serve and _fraction(key, name) < rate:
            serve = False
            self.counts.explored += 1
        if serve:
            self.counts.same += similarity is None
            self.counts.learned += similarity is not None
        return Candidate(name, kind, similarity, serve)

    def _catch_up(self, *, now: bool = False) -> None:
        """Read what was stored since the last time, by any process."""
        moment = self._clock()
        if not now and moment < self._sync_at:
            return
        self._sync_at = moment + self.policy.sync_every_s
        changes, sights = self._journal.changes()
        for change in changes:
            if change.blob is None:
                self._drop(change.name)
            else:
                self._open(change.name, change.blob)
        for sight in sights:
            self._see(sight)

    def _open(self, name: str, blob: bytes) -> None:
        opened = unpack(name, blob)
        try:
            if not isinstance(opened, Opened):
                raise ValueError("the envelope is not whole")
            stored = msgspec.msgpack.decode(opened.payload, type=_Stored)
            vector = self._checked(np.frombuffer(stored.vector, np.float32))
        except (ValueError, msgspec.DecodeError):
            self.counts.damaged += 1
            return
        known = stored.guard == guard_version()
        self._put(name, stored.shape if known else shape_of(stored.asked), vector)

    def _put(self, name: str, shape: Shape, vector: Vector) -> None:
        before = self._entries.get(name)
        self._drop(name)
        entry = _Entry(shape)
        for seen in before.seen if before else ():
            entry.see(seen)
        entry.trusted = before.trusted if before else True
        self._entries[name] = entry
        bucket = self._buckets.setdefault(shape.hard, _Bucket(self._dim))
        bucket.forms[shape.form] = name
        bucket.index.add(name, vector)

    def _drop(self, name: str) -> bool:
        entry = self._entries.pop(name, None)
        if entry is None:
            return False
        bucket = self._buckets[entry.shape.hard]
        bucket.index.remove(name)
        if bucket.forms.get(entry.shape.form) == name:
            del bucket.forms[entry.shape.form]
        if not len(bucket.index):
            del self._buckets[entry.shape.hard]
        return True

    def _forget(self, keys: list[str]) -> int:
        count = sum([self._drop(key) for key in keys])
        self._journal.forget(keys)
        return count

    def _see(self, sight: Sight) -> None:
        entry = self._entries.get(sight.name)
        if entry is not None:
            entry.see(Observation(sight.similarity, sight.correct))

    def _checked(self, vector: Vector) -> Vector:
        flat = np.ascontiguousarray(vector, dtype=np.float32)
        if flat.shape != (self._dim,) or not np.isfinite(flat).all():
            raise ValueError(f"A vector has {self._dim} finite numbers, not shape {flat.shape}.")
        return flat


def _fraction(*parts: str) -> float:
    """Return a number in [0, 1) made from keys."""
    text = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return xxhash.xxh3_64_intdigest(text, seed=2) / 2**64
