"""Memory: a least-recently-used table bounded by bytes and by entries, and a store made of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from goeswith.cache.errors import StoreFullError, ValueRefusedError
from goeswith.cache.store import Item, StoreStats

V = TypeVar("V")

ENTRY_OVERHEAD = 300
"""What an entry costs besides its bytes, measured with tracemalloc on 64-bit CPython."""


class Lru(Generic[V]):
    """Values under string keys with optional tags; the longest unused goes first.

    Reading takes no lock: each step of it is atomic in CPython, and losing a race with an
    eviction is a miss. Safe for threads.
    """

    def __init__(self, max_bytes: int, max_entries: int) -> None:
        self.max_bytes = max_bytes
        self.max_entries = max_entries
        self.bytes = 0
        self.evicted = 0
        self._entries: OrderedDict[str, tuple[V, int, tuple[str, ...]]] = OrderedDict()
        self._tags: dict[str, set[str]] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> V | None:
        """Return the value and make it the most recently used, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        try:
            self._entries.move_to_end(key)
        except KeyError:
            return None
        return entry[0]

    def room(self, size: int) -> bool:
        """Return whether a value of `size` bytes fits without pushing another out."""
        fits = self.bytes + size + ENTRY_OVERHEAD <= self.max_bytes
        return fits and len(self._entries) < self.max_entries

    def put(self, key: str, value: V, size: int, tags: Iterable[str] = ()) -> bool:
        """Keep `value`, of `size` bytes; return False when it alone is over the bound."""
        cost = size + ENTRY_OVERHEAD
        entries = self._entries
        if cost > self.max_bytes or self.max_entries < 1:
            if key in entries:
                self.pop(key)
            return False
        labels = tuple(tags)
        with self._lock:
            if key in entries:
                self.pop(key)
            entries[key] = (value, cost, labels)
            self.bytes += cost
            for tag in labels:
                self._tags.setdefault(tag, set()).add(key)
            while self.bytes > self.max_bytes or len(entries) > self.max_entries:
                self._release(*entries.popitem(last=False))
                self.evicted += 1
        return True

    def pop(self, key: str) -> bool:
        """Forget `key`; return whether it was there."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is None:
                return False
            self._release(key, entry)
        return True

    def _release(self, key: str, entry: tuple[V, int, tuple[str, ...]]) -> None:
        self.bytes -= entry[1]
        for tag in entry[2]:
            keys = self._tags.get(tag)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._tags[tag]

    def tagged(self, tags: Iterable[str]) -> list[str]:
        """Return the keys that carry one of `tags`, sorted."""
        with self._lock:
            return sorted(set().union(*(self._tags.get(tag, ()) for tag in tags)))

    def clear(self) -> int:
        """Forget everything; return how many entries there were."""
        with self._lock:
            count = len(self._entries)
            self._entries.clear()
            self._tags.clear()
            self.bytes = 0
        return count


class MemoryStore:
    """A `Store` in this process only. It evicts by bytes and by entries."""

    def __init__(self, max_bytes: int = 64 * 2**20, max_entries: int = 50_000) -> None:
        self._table: Lru[bytes] = Lru(max_bytes, max_entries)
        self._lock = threading.RLock()
        self._generation = 0
        self._cleared = 0
        self._dropped: dict[str, int] = {}
        self._quarantined: list[tuple[str, bytes, str]] = []

    def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        return self._table.get(key)

    def set(
        self, key: str, blob: bytes, *, tags: Iterable[str] = (), expire: float | None = None
    ) -> None:
        """See `Store.set`."""
        self.set_many((Item(key, blob, tuple(tags), expire),))

    def set_many(self, items: Iterable[Item], *, since: int | None = None) -> int:
        """See `Store.set_many`."""
        batch = tuple(items)
        for item in batch:
            check_item(item)
            if len(item.blob) + ENTRY_OVERHEAD > self._table.max_bytes:
                raise StoreFullError(f"{len(item.blob)} bytes are over the memory bound.")
        with self._lock:
            if since is not None:
                batch = tuple(item for item in batch if self._current(item, since))
            for item in batch:
                self._table.put(item.key, item.blob, len(item.blob), item.tags)
        return len(batch)

    def delete(self, keys: Iterable[str]) -> int:
        """See `Store.delete`."""
        with self._lock:
            return sum([self._table.pop(key) for key in keys])

    def scan_tag(self, tag: str) -> Iterator[str]:
        """See `Store.scan_tag`."""
        return iter(self._table.tagged((tag,)))

    def get_tag(self, tag: str) -> list[tuple[str, bytes]]:
        """See `Store.get_tag`."""
        pairs = ((key, self._table.get(key)) for key in self._table.tagged((tag,)))
        return [(key, blob) for key, blob in pairs if blob is not None]

    def count_tag(self, tag: str) -> int:
        """See `Store.count_tag`."""
        return len(self._table.tagged((tag,)))

    def drop_tags(self, tags: Iterable[str]) -> list[str]:
        """See `Store.drop_tags`."""
        labels = tuple(tags)
        with self._lock:
            self._generation += 1
            self._dropped.update(dict.fromkeys(labels, self._generation))
            keys = self._table.tagged(labels)
            self.delete(keys)
        return keys

    def generation(self) -> int:
        """See `Store.generation`."""
        return self._generation

    def quarantine(self, key: str, blob: bytes, reason: str) -> None:
        """See `Store.quarantine`."""
        with self._lock:
            if self._table.get(key) == blob:
                self._table.pop(key)
                self._quarantined.append((key, blob, reason))
                del self._quarantined[:-QUARANTINE_KEPT]

    def clear(self) -> int:
        """See `Store.clear`."""
        with self._lock:
            self._generation += 1
            self._cleared = self._generation
            self._dropped.clear()
            return self._table.clear()

    def stats(self) -> StoreStats:
        """See `Store.stats`."""
        table = self._table
        held = table.bytes - ENTRY_OVERHEAD * len(table)
        return StoreStats(len(table), held, table.evicted, len(self._quarantined))

    def close(self) -> None:
        """Forget everything."""
        self._table.clear()

    def _current(self, item: Item, since: int) -> bool:
        newest = max((self._dropped.get(tag, 0) for tag in item.tags), default=0)
        return max(newest, self._cleared) <= since


QUARANTINE_KEPT = 100
"""How many damaged entries a store keeps for inspection."""


def check_item(item: Item) -> None:
    """Refuse what no store takes.

    Raises:
        ValueRefusedError: The key is no ASCII `str` or the value no `bytes`.
    """
    key = item.key
    if type(key) is not str or not key.isascii() or not key.isprintable() or not key:
        raise ValueRefusedError("A key is a string of printable ASCII, and not empty.")
    if type(item.blob) is not bytes:
        raise ValueRefusedError(f"A value is bytes, not {type(item.blob).__name__}.")
