"""Which product types of this shop the starter pack's phrases mean.

The pack speaks a shop-neutral vocabulary. Each phrase is searched once, when the catalog is
indexed, and what it was found to mean is kept with the snapshot.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from goeswith.engine.meaning.meanings import Fits, Meanings, nearest
from goeswith.engine.model import Relation
from goeswith.engine.pack import Pack
from goeswith.engine.pack.schema import SYMMETRIC, PackRelation
from goeswith.engine.retrieval.synonyms import table_version

Progress = Callable[[str, int, int | None], None]
FILE = "grounding.json"
GROUNDED = 0.4
"""A type that matches a pack phrase less than this is not what an activity's need means."""

VERSION = "grounding-2"
"""Changes whenever the same phrases could be found to mean other types."""


class Meaning(msgspec.Struct, frozen=True, array_like=True):
    """A product type that a phrase may mean, and how well it matches, in 0..1."""

    type_id: int
    score: float


class _File(msgspec.Struct):
    pack: str
    phrases: dict[str, tuple[Meaning, ...]]


class GroundedRelation(msgspec.Struct, frozen=True):
    """A curated relation between two types of this shop. `score` is how well both ends match."""

    head: int
    tail: int
    score: float
    entry: PackRelation


def reading_version(pack: Pack) -> str:
    """Return what the meaning of the pack's phrases depends on besides the catalog."""
    told = "\x1f".join((VERSION, pack.version, table_version()))
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def ground(pack: Pack, meanings: Meanings, fits: Fits, folder: Path, progress: Progress) -> int:
    """Search every phrase of the pack and write what it means. Returns how many mean something."""
    phrases = sorted(_phrases(pack))
    found: dict[str, tuple[Meaning, ...]] = {}
    for done, phrase in enumerate(phrases):
        meant = meanings.of(phrase, pack.names_of(phrase), fits=fits)
        if meant:
            found[phrase] = tuple(Meaning(type_id, score) for type_id, score in meant.items())
        progress("curated knowledge", done + 1, len(phrases))
    folder.joinpath(FILE).write_bytes(msgspec.json.encode(_File(pack.version, found)))
    return len(found)


class Grounding:
    """The pack in terms of one snapshot's product types."""

    def __init__(self, pack: Pack, phrases: Mapping[str, tuple[Meaning, ...]]) -> None:
        self._phrases = phrases
        self._by_head: defaultdict[int, list[GroundedRelation]] = defaultdict(list)
        for entry in pack.relations:
            for relation in pack_ends(entry):
                self._add(relation)
        self._known: dict[tuple[int, Relation, int], float] = {}
        for items in self._by_head.values():
            for item in items:
                triple = (item.head, item.entry.relation, item.tail)
                self._known[triple] = max(item.score, self._known.get(triple, 0.0))

    @classmethod
    def open(cls, folder: Path, pack: Pack) -> Grounding:
        """Read what was written beside the snapshot."""
        file = msgspec.json.decode(folder.joinpath(FILE).read_bytes(), type=_File)
        return cls(pack, file.phrases)

    def meanings(self, phrase: str) -> tuple[Meaning, ...]:
        """Return the types a pack phrase means here."""
        return self._phrases.get(phrase, ())

    def meanings_of(self, names: Iterable[str]) -> tuple[Meaning, ...]:
        """Return the types that a need means under any of its names, best first."""
        best: dict[int, float] = {}
        for name in names:
            for meaning in self.meanings(name):
                best[meaning.type_id] = max(meaning.score, best.get(meaning.type_id, 0.0))
        return tuple(Meaning(type_id, score) for type_id, score in nearest(best).items())

    def known(self, head: int, relation: Relation, tail: int) -> float:
        """Return how well a curated relation between two types is grounded, 0 if there is none."""
        return self._known.get((head, relation, tail), 0.0)

    def relations(self, type_id: int) -> list[GroundedRelation]:
        """Return the curated relations whose head is this type, in the pack's order."""
        return self._by_head.get(type_id, [])

    def _add(self, entry: PackRelation) -> None:
        for head in self.meanings(entry.head):
            for tail in self.meanings(entry.tail):
                if head.type_id != tail.type_id:
                    score = min(head.score, tail.score)
                    item = GroundedRelation(head.type_id, tail.type_id, score, entry)
                    self._by_head[head.type_id].append(item)


def pack_ends(entry: PackRelation) -> tuple[PackRelation, ...]:
    """Return a relation as it reads from each of its ends: once when it has a direction."""
    if entry.relation not in SYMMETRIC:
        return (entry,)
    return (entry, PackRelation(entry.tail, entry.relation, entry.head, entry.reason))


def _phrases(pack: Pack) -> set[str]:
    found = {name for a in pack.activities for need in a.needs for name in need.names}
    for entry in pack.relations:
        found.update((entry.head, entry.tail))
    return found
