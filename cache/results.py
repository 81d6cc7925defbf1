"""What the answer cache gives back."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

import msgspec

from goeswith.cache.envelope import Flag, Opened

Tier = Literal["memory", "disk", "shared"]


class Hit(msgspec.Struct, frozen=True, gc=False):
    """Bytes that may be served. `age_s` in seconds; `stale` asks the caller to refresh."""

    payload: bytes
    tier: Tier
    age_s: float
    stale: bool
    flags: Flag

    @property
    def complete(self) -> bool:
        """True unless the entry is partial or negative."""
        return not self.flags


class Held(msgspec.Struct, frozen=True, gc=False):
    """A copy in memory, good while the counter `slot` stays at `version`."""

    entry: Opened
    slot: int
    version: int


class Outcome(StrEnum):
    """What became of a `put`."""

    STORED = "stored"
    """Written by a store; it survives the process (unless there is no disk)."""

    MEMORY_ONLY = "memory_only"
    """No store took it; this process serves it until anything is dropped."""

    OUTDATED = "outdated"
    """One of its tags was dropped while it was built. Not kept."""


class Token(NamedTuple):
    """The moment a build began, as `AnswerCache.begin` saw it."""

    disk: int
    local: int
    shared: int


class Counts(msgspec.Struct):
    """What happened since the cache was opened. Every `get` is one hit or one miss."""

    memory: int = 0
    disk: int = 0
    shared: int = 0
    misses: int = 0
    stale: int = 0
    expired: int = 0
    damaged: int = 0
    schema: int = 0
    stored: int = 0
    unstored: int = 0
    outdated: int = 0


class Dropped(NamedTuple):
    """How many entries a drop removed from each tier."""

    memory: int = 0
    disk: int = 0
    shared: int = 0
