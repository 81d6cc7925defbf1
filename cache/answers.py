"""Answers: opaque bytes through memory, disk and an optional shared store.

A hit decodes nothing. Memory holds copies of what the disk holds and checks each against the
counters of the store (see `slots`), so what any process dropped is not served by any other, from
the moment the drop returns. What the disk refused to take lives in memory alone, until anything
at all is dropped.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable

from goeswith.cache.disk import DiskStore
from goeswith.cache.envelope import (
    COMPLETE,
    Damaged,
    Flag,
    Opened,
    Outdated,
    aged,
    pack,
    unpack,
)
from goeswith.cache.errors import StoreError
from goeswith.cache.keys import key_number
from goeswith.cache.lifetimes import Lifetimes
from goeswith.cache.memory import Lru
from goeswith.cache.results import Counts, Dropped, Held, Hit, Outcome, Tier, Token
from goeswith.cache.slots import FIRST, GENERATION, KEY_SLOTS, Slots
from goeswith.cache.store import Item, Remote, Store
from goeswith.cache.visits import Visits

_LOG = logging.getLogger("goeswith.cache")
_HEARD = "shared-generation"
"""The entry of the disk that holds the last generation heard of. No answer has such a key."""

_EVERYTHING = "\x00everything"
"""Stands for every tag among those that wait to be dropped."""

Clock = Callable[[], float]


class AnswerCache:
    """The tiers of the answers. Safe for threads; one store may be open in many processes."""

    def __init__(
        self,
        memory: Lru[Held] | None = None,
        disk: DiskStore | None = None,
        shared: Remote | None = None,
        *,
        clock: Clock = time.time,
        lifetimes: Lifetimes | None = None,
        sync_every_s: float = 1.0,
    ) -> None:
        """Join the tiers; each may be left out.

        Args:
            memory: Bounds of the memory tier; 64 MiB and 20,000 entries if left out.
            disk: The store of this host.
            shared: The store of all hosts.
            clock: Gives Unix seconds.
            lifetimes: How long entries live.
            sync_every_s: How often `get` asks the shared store what other hosts dropped: a drop
                reaches every other host within this time, as long as the store answers.
        """
        self.memory: Lru[Held] = memory if memory is not None else Lru(64 * 2**20, 20_000)
        self.disk = disk
        self.shared = shared
        self.lifetimes = lifetimes or Lifetimes()
        self.counts = Counts()
        self._clock = clock
        self._skew = self.lifetimes.skew_s
        self._slots = disk.slots if disk is not None else Slots()
        self._lock = threading.Lock()
        self._pending: dict[Tier, set[str]] = {"disk": set(), "shared": set()}
        self._stores: list[tuple[Store, Tier, set[str]]] = []
        if disk is not None:
            self._stores.append((disk, "disk", self._pending["disk"]))
        if shared is not None:
            self._stores.append((shared, "shared", self._pending["shared"]))
        self._visits = Visits()
        self._generation: int | None = None
        self._sync_every = sync_every_s
        self._sync_at = math.inf
        self.sync()

    def get(
        self, key: str, *, edition: str = "", on_error: bool = False, stale: bool = True
    ) -> Hit | None:
        """Return the entry under `key` if it may be served now, or None.

        Args:
            key: Of the entry.
            edition: What hosts that share answers must agree on. Copies of another edition in the
                shared store are not seen; memory and disk belong to one host and know no editions.
            on_error: Serve an entry that is kept for errors too, as stale: say so when a build has
                just failed.
            stale: Off: pass over what is stale, also where a later tier has it fresh.

        Never raises for damage or a failing store.
        """
        now = self._clock()
        if self.shared is not None and time.monotonic() >= self._sync_at:
            self.sync()
        held = self.memory.get(key)
        if held is not None:
            entry = held.entry
            if self._slots.view[held.slot] != held.version:
                self.memory.pop(key)
            elif self._in_time(entry, now, on_error=on_error, stale=stale):
                self.counts.memory += 1
                return self._hit(entry, "memory", now)
        return self._below(key, now, edition, on_error=on_error, stale=stale)

    def begin(self) -> Token:
        """Return the moment now. Take it before a build reads the catalog; give it to `put`."""
        local = self._slots.view[GENERATION]
        return Token(
            self.disk.generation() if self.disk else 0,
            local,
            self.shared.generation() if self.shared else 0,
        )

    def put(
        self,
        key: str,
        payload: bytes,
        tags: Iterable[str] = (),
        *,
        flags: Flag = COMPLETE,
        since: Token | None = None,
        edition: str = "",
    ) -> Outcome:
        """Keep `payload` under `key`, to be dropped with any of `tags`.

        With `since`, the payload is not kept if one of its tags was dropped after that moment.
        The shared store keeps the payloads of each `edition` apart.

        Raises:
            ValueRefusedError: The payload is over `envelope.MAX_PAYLOAD` bytes, or no bytes.
        """
        meta = self.lifetimes.meta(key, self._clock(), flags)
        labels = tuple(tags)
        item = Item(key, pack(key, payload, meta), labels, meta.error_until)
        self.memory.pop(key)
        times = (meta.created, meta.fresh_until, meta.stale_until, meta.error_until)
        entry = Opened(*times, flags, payload)
        outcome = self._store(item, since) or self._keep(item, entry, since)
        if outcome is Outcome.OUTDATED:
            self.counts.outdated += 1
            return outcome
        self.counts.stored += outcome is Outcome.STORED
        if self.shared is not None:
            try:
                shared = item._replace(key=key + edition)
                self.shared.set_many((shared,), since=since.shared if since else None)
            except StoreError as error:
                _LOG.warning("An answer was not shared: %s", error)
        return outcome

    def invalidate(self, tags: Iterable[str], *, shared: bool = True) -> Dropped:
        """Drop every entry that carries one of `tags`, from every tier.

        With `shared` off only from what belongs to this host.

        Raises:
            StoreError: A store could not drop. Until a later call can, with any tags or none, this
                process does not read that store, so that nothing is served as it was.
        """
        with self._lock:
            labels = set(tags)
            self._pending["disk"].update(labels)
            if shared:
                self._pending["shared"].update(labels)
            failures: list[StoreError] = []
            on_disk, in_shared = 0, 0
            in_memory = self._forget(self.memory.tagged(labels))
            try:
                gone = self._drop_on_disk()
                on_disk = len(gone)
                in_memory += self._forget(gone)
            except StoreError as error:
                self.memory.clear()
                failures.append(error)
            try:
                in_shared = self._drop_shared()
            except StoreError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        self.sync()
        return Dropped(in_memory, on_disk, in_shared)

    def refresh(self, tags: Iterable[str]) -> int:
        """Have what carries one of `tags` on this host served as stale until it is built again.

        Partial and negative entries, and those no disk holds, are dropped instead. A build that
        began before is not kept. The shared store is left alone: what it holds belongs to an
        edition. Returns how many entries changed.

        Raises:
            StoreError: Nothing was changed on disk. Call again, or `distrust`.
        """
        labels = set(tags)
        if self.disk is None:
            return self.invalidate(labels, shared=False).memory
        until = self._clock() + self.lifetimes.stale_s
        with self._lock:
            self._forget(self.memory.tagged(labels))
            keys = self.disk.rewrite_tags(labels, lambda key, blob: aged(key, blob, until))
            self._forget(keys)
        return len(keys)

    def distrust(self) -> None:
        """Read nothing from memory and disk until a later drop has emptied both."""
        with self._lock:
            self._pending["disk"].add(_EVERYTHING)
            self.memory.clear()

    def sync(self) -> None:
        """Drop here what other hosts dropped from the shared store since this host last asked.

        What was heard last is kept on disk, so a host that was away catches up. Never raises: a
        shared store that does not answer is asked again later, and a disk that cannot drop is
        not read until it can.
        """
        if self.shared is None:
            return
        with self._lock:
            self._sync_at = time.monotonic() + self._sync_every
            try:
                self._drop_shared()
                heard = self._heard()
                newest, tags = self.shared.dropped_since(heard or 0)
            except StoreError:
                return
            if newest == heard:
                return
            if heard is not None or self._holds_anything():
                self._pending["disk"].update((_EVERYTHING,) if tags is None else tags)
            try:
                if self._pending["disk"]:
                    self._forget(self._drop_on_disk())
                self._hear(newest)
            except StoreError as error:
                self.memory.clear()
                _LOG.warning("What another host dropped cannot be dropped here: %s", error)

    def clear(self) -> Dropped:
        """Drop everything, from every tier. Raises StoreError."""
        with self._lock:
            on_disk = self.disk.clear() if self.disk else 0
            in_memory = self.memory.clear()
            in_shared = self.shared.clear() if self.shared else 0
            for waiting in self._pending.values():
                waiting.clear()
        self.sync()
        return Dropped(in_memory, on_disk, in_shared)

    def close(self) -> None:
        """Close every tier."""
        self.memory.clear()
        for store in (self.disk, self.shared):
            if store is not None:
                store.close()

    def _heard(self) -> int | None:
        """Return the generation of the shared store that this host last acted on, if any."""
        blob = self.disk.get(_HEARD) if self.disk is not None else None
        return self._generation if blob is None else int.from_bytes(blob, "big")

    def _hear(self, generation: int) -> None:
        self._generation = generation
        if self.disk is not None:
            self.disk.set(_HEARD, generation.to_bytes(8, "big"))

    def _holds_anything(self) -> bool:
        return len(self.memory) > 0 or (self.disk is not None and self.disk.stats().entries > 0)

    def _drop_on_disk(self) -> list[str]:
        """Drop from the disk what waits to be dropped; return the keys. Raises StoreError."""
        waiting = self._pending["disk"]
        if _EVERYTHING in waiting:
            self.memory.clear()
            if self.disk is not None:
                self.disk.clear()
        gone: list[str] = []
        if self.disk is not None:
            gone = self.disk.drop_tags(waiting)
        else:
            gone = self.memory.tagged(waiting)
            with self._slots.writing() as announce:
                announce.generation()
        waiting.clear()
        return gone

    def _drop_shared(self) -> int:
        """Drop from the shared store what waits to be dropped. Raises StoreError."""
        waiting = self._pending["shared"]
        count = len(self.shared.drop_tags(waiting)) if self.shared is not None and waiting else 0
        waiting.clear()
        return count

    def _forget(self, keys: Iterable[str]) -> int:
        return sum([self.memory.pop(key) for key in keys])

    def _in_time(self, entry: Opened, now: float, *, on_error: bool, stale: bool) -> bool:
        until = entry.error_until if on_error else entry.stale_until
        if not stale:
            until = entry.fresh_until
        return entry.created - self._skew <= now < until

    def _hit(self, entry: Opened, tier: Tier, now: float) -> Hit:
        stale = now >= entry.fresh_until
        if stale:
            self.counts.stale += 1
        age = now - entry.created
        return Hit(entry.payload, tier, age if age > 0.0 else 0.0, stale, entry.flags)

    def _below(
        self, key: str, now: float, edition: str, *, on_error: bool, stale: bool
    ) -> Hit | None:
        """Look in the disk, then in the shared store, unless a drop is still to be made there.

        The counter is read before the store, so a copy is never older than its counter.
        """
        number = key_number(key)
        view, slot = self._slots.view, FIRST + number % KEY_SLOTS
        for store, tier, pending in self._stores:
            if pending:
                continue
            name = key
            if tier == "shared":
                name, slot = key + edition, GENERATION
            version = view[slot]
            blob = store.get(name)
            if blob is None:
                continue
            entry = unpack(key, blob, number=number)
            if type(entry) is not Opened:
                self._refuse(store, name, blob, entry)
                continue
            if not self._in_time(entry, now, on_error=on_error, stale=stale):
                self.counts.expired += 1
                continue
            if not version & 1 and not pending and self._admits(slot, len(blob)):
                self.memory.put(key, Held(entry, slot, version), len(blob))
            if tier == "disk":
                self.counts.disk += 1
            else:
                self.counts.shared += 1
            return self._hit(entry, tier, now)
        self.counts.misses += 1
        return None

    def _admits(self, slot: int, size: int) -> bool:
        """True when memory has room, or the key was asked for before: one visit pushes none out."""
        if size > self.memory.max_bytes:
            return False
        return self.memory.room(size) or self._visits.again(slot)

    def _refuse(
        self, store: Store, key: str, blob: bytes, found: Opened | Damaged | Outdated
    ) -> None:
        if isinstance(found, Damaged):
            self.counts.damaged += 1
            store.quarantine(key, blob, found.reason)
        else:
            self.counts.schema += 1

    def _store(self, item: Item, since: Token | None) -> Outcome | None:
        """Write to disk; None when there is no disk or it does not take the item."""
        if self.disk is None:
            return None
        try:
            written = self.disk.set_many((item,), since=since.disk if since else None)
        except StoreError as error:
            self.counts.unstored += 1
            if self.counts.unstored.bit_count() == 1:
                _LOG.warning("%d answers were not stored so far: %s", self.counts.unstored, error)
            return None
        return Outcome.STORED if written else Outcome.OUTDATED

    def _keep(self, item: Item, entry: Opened, since: Token | None) -> Outcome:
        """Keep in memory alone what no disk holds, tags and all."""
        with self._lock:
            if since is not None and self._slots.view[GENERATION] != since.local:
                return Outcome.OUTDATED
            slot = GENERATION if self.disk is not None else Slots.slot(item.key)
            version = self._slots.view[slot]
            if not version & 1:
                held = Held(entry, slot, version)
                self.memory.put(item.key, held, len(entry.payload), item.tags)
        return Outcome.STORED if self.disk is None else Outcome.MEMORY_ONLY
