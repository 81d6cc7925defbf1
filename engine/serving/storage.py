"""Opens the offline cache of a home as the settings ask for it, and looks inside."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from goeswith.cache import (
    AnswerCache,
    DiskStore,
    EdgeStore,
    Flag,
    Flights,
    Lifetimes,
    Lru,
    SharedStore,
)
from goeswith.cache.envelope import HEAD_BYTES, Opened, peek, unpack
from goeswith.engine.budget import Budget
from goeswith.engine.errors import SettingsError
from goeswith.engine.settings import Cache
from goeswith.engine.tags import ANY_ANSWER

T = TypeVar("T")

MEMORY_ENTRIES = 100_000

_LOG = logging.getLogger(__name__)


def open_answers(folder: Path, settings: Cache) -> AnswerCache:
    """Open the answers kept in a folder.

    Raises:
        CacheError: the folder can neither be read nor written, or the address of the shared
            store cannot be read.
        SettingsError: the variable that should hold that address is not set.
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
    memory: Lru[Any] = Lru(settings.memory_mb * 2**20, MEMORY_ENTRIES)
    return AnswerCache(memory, disk, open_shared(settings), lifetimes=lifetimes)


def open_shared(settings: Cache) -> SharedStore | None:
    """Return the store that several hosts share, None where there is none. Sends nothing yet.

    A server that does not answer is a slower cache, never an error.

    Raises:
        CacheError: its client is not installed, or the address cannot be read.
        SettingsError: the variable that should hold the address is not set.
    """
    name = settings.shared_url_env
    if not name:
        return None
    address = os.environ.get(name)
    if not address:
        raise SettingsError(
            f"cache.shared_url_env names {name}, which is not set. "
            "Put the address of the shared cache there: redis://HOST:PORT/0."
        )
    return SharedStore(address, prefix=settings.shared_prefix)


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
    """Return what the cache of answers holds on disk and whether it can store. Walks nothing."""
    if answers.disk is None:
        return {"entries": 0}
    held = answers.disk.stats()
    told: dict[str, object] = {
        "entries": held.entries,
        "bytes": held.bytes,
        "evicted": held.evicted,
        "quarantined": held.quarantined,
        "writable": held.writable,
    }
    if answers.shared is not None:
        shared = answers.shared.stats()
        told["shared"] = {
            "entries": shared.entries,
            "bytes": shared.bytes,
            "reachable": shared.writable,
        }
    return told


def states(answers: AnswerCache, now: float) -> dict[str, object]:
    """Count the answers on disk by what they may be served for. Walks all of them.

    `now`: Unix seconds. `oldest_s`: seconds since the oldest answer was made.
    """
    if answers.disk is None:
        return {}
    heads = [meta for head in answers.disk.heads(HEAD_BYTES) if (meta := peek(head)) is not None]
    return {
        "complete": sum(not meta.flags and now < meta.fresh_until for meta in heads),
        "stale": sum(meta.fresh_until <= now < meta.stale_until for meta in heads),
        "for_errors": sum(meta.stale_until <= now < meta.error_until for meta in heads),
        "negative": sum(bool(meta.flags & Flag.NEGATIVE) for meta in heads),
        "partial": sum(bool(meta.flags & Flag.PARTIAL) for meta in heads),
        "expired": sum(now >= meta.error_until for meta in heads),
        "oldest_s": round(max((now - meta.created for meta in heads), default=0.0), 1),
    }
