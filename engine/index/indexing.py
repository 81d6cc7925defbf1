"""Builds a generation: catalog, behaviour, retrieval, curated knowledge; then makes it current."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from goeswith.cache import CacheError
from goeswith.engine.behaviour import Behaviour, BehaviourReport, mine
from goeswith.engine.catalog import CatalogReport, Snapshot, read_catalog
from goeswith.engine.index.changes import Change, Known, change_to
from goeswith.engine.index.corpus import CatalogCorpus
from goeswith.engine.index.home import SCHEMA, Generation, Home, Manifest
from goeswith.engine.index.settle import Settled, note, open_stored, settle
from goeswith.engine.index.shop import open_behaviour, open_kinds, open_retriever
from goeswith.engine.meaning.compatibility import Compatibility
from goeswith.engine.meaning.grounding import Grounding, ground, reading_version
from goeswith.engine.meaning.kinds import FILE as KINDS
from goeswith.engine.meaning.kinds import embed_names
from goeswith.engine.meaning.meanings import Meanings
from goeswith.engine.meaning.mention import Mentions
from goeswith.engine.pack import Pack
from goeswith.engine.retrieval import Embedder, build_retrieval

_LOG = logging.getLogger(__name__)

Progress = Callable[[str, int, int | None], None]
"""Called with a stage, how much of it is done, and how much there is if that is known."""

MOST_BRANDS = 50_000


class IndexReport(msgspec.Struct, frozen=True):
    """What was indexed."""

    generation: Generation
    catalog: CatalogReport
    behaviour: BehaviourReport | None
    grounded: int
    change: Change
    settled: Settled

    def lines(self) -> list[str]:
        """Return what was read, kept and turned away, as sentences."""
        told = [
            f"Catalog: {self.catalog.kept:,} products of {self.catalog.types:,} types "
            f"from {self.catalog.read:,} rows ({self.catalog.feed} feed)."
        ]
        turned = {
            "listed twice, last kept": self.catalog.duplicates,
            "not products in this feed": self.catalog.dropped,
            f"rejected, see {self.catalog.rejects}": self.catalog.rejected,
        }
        told += [f"  {count:,} {why}" for why, count in turned.items() if count]
        if self.behaviour is not None:
            told.append(
                f"Behaviour: {self.behaviour.baskets:,} baskets over "
                f"{self.generation.manifest.behaviour_days} days."
            )
        told.append(f"Curated knowledge: {self.grounded:,} phrases found in this catalog.")
        return told + self._cached()

    def _cached(self) -> list[str]:
        """Return what the new index meant for stored answers, if there were any."""
        change, settled = self.change, self.settled
        if not settled.answers + settled.refreshed + settled.kept:
            return []
        why = "the index before could not be compared"
        if not change.everything:
            why = (
                f"{change.added:,} products new, {change.changed:,} changed, "
                f"{change.removed:,} gone; {change.relations:,} mined relations are others"
            )
        return [
            f"Cache: {settled.kept:,} answers stay, {settled.answers:,} are dropped, "
            f"{settled.refreshed:,} are refreshed when they are next asked for ({why})."
        ]

    def summary(self) -> dict[str, object]:
        """Return the same for machines."""
        return {
            "generation": self.generation.manifest.generation,
            "catalog": self.catalog,
            "behaviour": self.behaviour,
            "grounded_phrases": self.grounded,
            "change": {
                name: value
                for name, value in msgspec.structs.asdict(self.change).items()
                if name not in {"answers", "refresh", "edges"}
            },
            "cache": self.settled,
        }


def index(
    home: Home,
    catalog: Sequence[Path],
    behaviour: Sequence[Path],
    *,
    feed: str | Path | None,
    field_map: str | Path | None,
    embedder: Embedder,
    pack: Pack,
    progress: Progress,
) -> IndexReport:
    """Index a catalog and its baskets into a home folder.

    Raises:
        CatalogError: a file or field map cannot be used, or no product is left.
        BehaviourError: a behaviour file cannot be used.
        HomeWriteError: the home cannot be written. The previous generation stays current.
    """
    with home.building() as (folder, number):
        parts = {name: folder / name for name in ("catalog", "behaviour", "retrieval")}
        for part in parts.values():
            part.mkdir()
        read = read_catalog(
            catalog,
            parts["catalog"],
            feed=feed,
            generation=number,
            progress=progress,
            rejects=home.rejects,
        )
        snapshot = Snapshot.open(parts["catalog"])
        mined = None
        if behaviour:
            mined = mine(
                behaviour,
                parts["behaviour"],
                skus=list(snapshot.skus()),
                type_of=snapshot.type_of,
                n_types=len(snapshot.types),
                field_map=field_map,
                progress=progress,
            )
        corpus = CatalogCorpus(snapshot)
        build_retrieval(corpus, parts["retrieval"], embedder, progress)
        baskets = open_behaviour(parts["behaviour"], snapshot)
        retriever = open_retriever(parts["retrieval"], snapshot, baskets, embedder)
        names = embed_names(snapshot.types, embedder)
        np.save(folder / KINDS, names, allow_pickle=False)
        kinds = open_kinds(folder, snapshot, baskets)
        grounded = ground(
            pack,
            Meanings(retriever, kinds, baskets.type_popularity),
            Mentions(pack, snapshot, retriever),
            folder,
            progress,
        )
        manifest = Manifest(
            schema=SCHEMA,
            generation=number,
            digest=content_digest(snapshot, baskets, embedder, pack),
            products=len(snapshot),
            types=len(snapshot.types),
            brands=tuple(snapshot.brands[:MOST_BRANDS]),
            baskets=baskets.baskets,
            behaviour_days=baskets.days,
            embedder=embedder.name,
            pack=pack.version,
            files={},
            reading=reading_version(pack),
        )
        known = Known(snapshot, baskets, Grounding.open(folder, pack))
        change = change_to(home, known, pack, Compatibility(pack, kinds).attributes_of)
        note(home.cache, number, change)
        generation = home.commit(folder, manifest)
        settled = _settled(home, generation)
        return IndexReport(generation, read, mined, grounded, change, settled)


def _settled(home: Home, generation: Generation) -> Settled:
    """Drop what changed. What cannot be dropped now is, when the home is next opened."""
    try:
        answers = open_stored(home.cache)
    except CacheError as error:
        _LOG.warning("The cache is not read until it can be written: %s", error)
        return Settled()
    try:
        return settle(home.cache, generation, answers)
    finally:
        answers.close()


def content_digest(catalog: Snapshot, behaviour: Behaviour, embedder: Embedder, pack: Pack) -> str:
    """Return what names the content of a generation: hosts that share answers must agree on it."""
    parts = (catalog.digest, behaviour.digest, embedder.name, pack.version, reading_version(pack))
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
