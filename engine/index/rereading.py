"""Reads the curated knowledge into an index again, without the shop's files.

After an upgrade the same phrases may mean other types. Everything else of the index stays as it is:
its files are linked into the next generation, not built.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from goeswith.engine.catalog import Snapshot
from goeswith.engine.index.home import Generation, Home, reading
from goeswith.engine.index.indexing import Progress, content_digest
from goeswith.engine.index.shop import open_behaviour, open_kinds, open_retriever
from goeswith.engine.meaning.grounding import FILE, ground, reading_version
from goeswith.engine.meaning.meanings import Meanings
from goeswith.engine.meaning.mention import Mentions
from goeswith.engine.pack import Pack
from goeswith.engine.retrieval import Embedder


class Reread(msgspec.Struct, frozen=True):
    """The new generation, and how many phrases of the pack mean something in it."""

    generation: Generation
    grounded: int


def read_again(home: Home, *, embedder: Embedder, pack: Pack, progress: Progress) -> Reread:
    """Make a generation that differs from the current one only in what phrases mean.

    Stored answers have the version of the reading in their keys, so none of them is dropped.

    Raises:
        HomeError: there is no usable index, or the home cannot be written.
    """
    with home.building() as (folder, number):
        old = home.current()
        _link(old, folder)
        with reading(folder):
            catalog = Snapshot.open(folder / "catalog")
            baskets = open_behaviour(folder / "behaviour", catalog)
            retriever = open_retriever(folder / "retrieval", catalog, baskets, embedder)
            kinds = open_kinds(folder, catalog, baskets)
        meanings = Meanings(retriever, kinds, baskets.type_popularity)
        fits = Mentions(pack, catalog, retriever)
        grounded = ground(pack, meanings, fits, folder, progress)
        manifest = msgspec.structs.replace(
            old.manifest,
            generation=number,
            digest=content_digest(catalog, baskets, embedder, pack),
            pack=pack.version,
            files={},
            reading=reading_version(pack),
        )
        return Reread(home.commit(folder, manifest), grounded)


def _link(old: Generation, folder: Path) -> None:
    """Give a new folder the files of a generation, without what is written anew."""
    for part in ("catalog", "behaviour", "retrieval"):
        folder.joinpath(part).mkdir()
    for name in old.manifest.files:
        if name == FILE:
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(old.folder / name, target)
        except OSError:
            shutil.copyfile(old.folder / name, target)
