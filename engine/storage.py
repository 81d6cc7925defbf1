"""Opens the offline cache of a home as the settings ask for it, and looks inside."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from goeswith.cache import AnswerCache, DiskStore, EdgeStore, Flights, Lifetimes, Lru
from goeswith.cache.envelope import Opened, unpack
from goeswith.engine.budget import Budget
from goeswith.engine.settings import Cache

T = TypeVar("T")

ANY_ANSWER = "answer"
"""The tag that every stored answer carries."""

MEMORY_ENTRIES = 100_000

_LOG = logging.getLogger(__name__)


def open_answers(folder: Path, settings: Cache) -> AnswerCache:
    """Open the answers kept in a folder.

    Raises:
        CacheError: the folder can neither be read nor written.
    """
    disk = DiskStore(
        folder / "answers",
        size_limit=settings.disk_mb * 2**20,
        synchronous="FULL" if settings.synchronous == "full" else "NORMAL",
    )
    lifetimes = Lifetimes(
        fresh_s=settings.ttl_s,
        stale_s=settings.stale_s,
        error_s=settings.error_s,
        negative_s=settings.negative_ttl_s,
        partial_s=settings.partial_ttl_s,
    )
    return AnswerCache(Lru(settings.memory_mb * 2**20, MEMORY_ENTRIES), disk, lifetimes=lifetimes)


def edges_folder(cache: Path) -> Path:
    """Return where a home's edge store lives; it is there once something was kept."""
    return cache / "edges"


def open_edges(folder: Path, settings: Cache) -> EdgeStore:
    """Open the edge store of a home's cache folder, making it if need be.

    Raises:
        CacheError: the folder can neither be read nor written.
    """
    disk = DiskStore(
        edges_folder(folder),
        size_limit=settings.disk_mb * 2**20,
        synchronous="FULL" if settings.synchronous == "full" else "NORMAL",
    )
    return EdgeStore(disk)


def open_flights(folder: Path, budget: Budget) -> Flights[T]:
    """Open the single flights shared with the other processes of a home.

    Who waits for another process waits at most half the deadline before building itself. Where
    the folder cannot be written, flights are shared inside this process only.
    """
    patience = budget.deadline_ms / 2000.0
    try:
        return Flights(folder / "flights", patience_s=patience)
    except OSError as error:
        _LOG.warning("Builds are not shared between processes: %s", error.strerror)
        return Flights(patience_s=patience)


def payloads(answers: AnswerCache) -> Iterator[bytes]:
    """Give the stored bytes of every answer on disk, in the order of their keys."""
    if answers.disk is None:
        return
    for key in answers.disk.scan_tag(ANY_ANSWER):
        blob = answers.disk.get(key)
        opened = unpack(key, blob) if blob is not None else None
        if isinstance(opened, Opened):
            yield opened.payload


def describe(answers: AnswerCache) -> dict[str, object]:
    """Return what the cache of answers holds on disk and whether it can store."""
    if answers.disk is None:
        return {"entries": 0}
    held = answers.disk.stats()
    return {
        "entries": held.entries,
        "bytes": held.bytes,
        "evicted": held.evicted,
        "quarantined": held.quarantined,
        "writable": held.writable,
    }
