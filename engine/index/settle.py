"""Drops or refreshes what a new index means for what is stored, whatever dies on the way.

What is to be done is written down before the new generation becomes current, and crossed out after
it was done. Whoever opens a generation first does what is still written down for it. So nothing is
served between a crash and the drop, and doing it twice does no harm.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from goeswith.cache import AnswerCache, CacheError, DiskStore, EdgeStore
from goeswith.engine.index.changes import Change
from goeswith.engine.index.home import Generation
from goeswith.engine.tags import ANY_ANSWER

FILE = "to-drop.json"
MOST_TAGS = 200_000
"""A longer list of tags is not worth the reading: everything is dropped, or refreshed."""

INDEXED = "indexed"
"""No entry has this tag. Dropping it tells every process that something was dropped."""

_LOG = logging.getLogger(__name__)


class Note(msgspec.Struct, frozen=True):
    """What a generation drops, and has refreshed, when it becomes current."""

    generation: int
    answers: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    everything: bool = False


class Settled(msgspec.Struct, frozen=True):
    """How many answers were dropped, are to be refreshed, and stay as they are; edges dropped."""

    answers: int = 0
    refreshed: int = 0
    edges: int = 0
    kept: int = 0


def note(folder: Path, generation: int, change: Change) -> None:
    """Write down, durably, what a generation will drop and refresh, before it is current.

    Raises:
        OSError: it cannot be written.
    """
    everything = change.everything or len(change.answers) + len(change.edges) > MOST_TAGS
    refresh = change.refresh if len(change.refresh) <= MOST_TAGS else (ANY_ANSWER,)
    tags = ((), (), ()) if everything else (change.answers, refresh, change.edges)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        left = [old for old in _read(folder) if old.generation != generation]
        _write(folder, [*left, Note(generation, *tags, everything)])


def settle(folder: Path, generation: Generation, answers: AnswerCache) -> Settled:
    """Drop and refresh what is written down for a generation and those before it; cross it out.

    What cannot be done now stays written down, and `answers` does not read its disk until it
    can. Later generations are not touched: they are not current yet.
    """
    if not (folder / FILE).exists():
        return Settled()
    number = generation.manifest.generation
    try:
        with _alone(folder):
            notes = _read(folder)
            due = [item for item in notes if item.generation <= number]
            if not due:
                return Settled()
            done = _drop(folder, due, answers)
            _write(folder, [item for item in notes if item.generation > number])
            return done
    except (OSError, CacheError) as error:
        answers.distrust()
        _LOG.warning("Answers of an older index are left unread, not dropped: %s", error)
        return Settled()


def open_stored(folder: Path) -> AnswerCache:
    """Open the answers of a home for dropping; without a disk when there are none.

    Raises:
        CacheError: they can neither be read nor written.
    """
    place = folder / "answers"
    return AnswerCache(disk=DiskStore(place) if place.exists() else None)


def _drop(folder: Path, due: list[Note], answers: AnswerCache) -> Settled:
    everything = any(item.everything for item in due)
    ends = {end for item in due for end in item.edges}
    edges = _drop_edges(folder / "edges", ends, everything=everything)
    tags = {tag for item in due for tag in item.answers} | {INDEXED}
    gone = answers.invalidate({ANY_ANSWER} | tags if everything else tags, shared=False)
    anew = answers.refresh({tag for item in due for tag in item.refresh} - tags)
    left = answers.disk.count_tag(ANY_ANSWER) if answers.disk is not None else 0
    return Settled(gone.disk, anew, edges, left - anew)


def _drop_edges(folder: Path, ends: set[str], *, everything: bool) -> int:
    if not folder.exists() or not (ends or everything):
        return 0
    store = EdgeStore(DiskStore(folder))
    try:
        return store.store.clear() if everything else store.drop(ends)
    finally:
        store.close()


def _read(folder: Path) -> list[Note]:
    """Return what is written down. What cannot be read stands for everything."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=list[Note])
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError:
        _LOG.warning("%s cannot be read: everything stored is dropped.", folder / FILE)
        return [Note(0, everything=True)]


def _write(folder: Path, notes: list[Note]) -> None:
    path = folder / FILE
    if not notes:
        path.unlink(missing_ok=True)
        return
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(notes))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    from filelock import FileLock

    with FileLock(folder / "to-drop.lock", timeout=60.0):
        yield
