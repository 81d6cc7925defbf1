"""What every store of the cache can do. Knows nothing of envelopes, lifetimes or answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable


class StoreStats(NamedTuple):
    """Entries and bytes held now, and what happened since this store was opened."""

    entries: int
    bytes: int
    evicted: int = 0
    quarantined: int = 0
    writable: bool = True


class Item(NamedTuple):
    """One entry to write. `expire` is the Unix time after which the store may forget it."""

    key: str
    blob: bytes
    tags: tuple[str, ...] = ()
    expire: float | None = None


@runtime_checkable
class Store(Protocol):
    """Bytes under string keys, with any number of tags each.

    A key, its value and its tags are written together or not at all, also under `kill -9`. The
    cost of `scan_tag` and `drop_tags` grows with the number of matching entries, not with the
    size of the store. A store never looks at the clock when it reads: whoever made the value
    knows how long it lives.
    """

    def get(self, key: str) -> bytes | None:
        """Return the bytes under `key`, or None. A damaged store is a miss, never an error."""
        ...

    def set_many(self, items: Iterable[Item], *, since: int | None = None) -> int:
        """Write all items or none; return how many were written.

        With `since`, a number that `generation` gave earlier, an item is left out when one of
        its tags was dropped after that: it was built from what has changed in the meantime.

        Raises:
            StoreError: Nothing was written; the class says why.
            ValueRefusedError: A key is not printable ASCII or a value no `bytes`.
        """
        ...

    def set(
        self, key: str, blob: bytes, *, tags: Iterable[str] = (), expire: float | None = None
    ) -> None:
        """Write one entry. Raises as `set_many`."""
        ...

    def delete(self, keys: Iterable[str]) -> int:
        """Forget keys; return how many were there. Raises StoreError."""
        ...

    def scan_tag(self, tag: str) -> Iterator[str]:
        """Return the keys of the entries that carry `tag`, sorted."""
        ...

    def get_tag(self, tag: str) -> list[tuple[str, bytes]]:
        """Return the keys and bytes of the entries that carry `tag`, sorted by key."""
        ...

    def count_tag(self, tag: str) -> int:
        """Return how many entries carry `tag`."""
        ...

    def drop_tags(self, tags: Iterable[str]) -> list[str]:
        """Forget every entry that carries one of `tags`, at once; return their keys, sorted.

        Raises StoreError: nothing was dropped.
        """
        ...

    def generation(self) -> int:
        """Return a number that grows with every `drop_tags` and `clear`."""
        ...

    def quarantine(self, key: str, blob: bytes, reason: str) -> None:
        """Set damaged bytes apart, if they are still what `key` holds. Never raises StoreError."""
        ...

    def clear(self) -> int:
        """Forget everything; return how many entries there were. Raises StoreError."""
        ...

    def stats(self) -> StoreStats:
        """Return counts without walking the entries."""
        ...

    def close(self) -> None:
        """Free files and connections. A closed store is not used again."""
        ...


class Drops(NamedTuple):
    """What was dropped until `generation`. `tags` is None for everything."""

    generation: int
    tags: list[str] | None


@runtime_checkable
class Remote(Store, Protocol):
    """A store that several hosts share. Each host asks it what the others dropped."""

    def dropped_since(self, generation: int) -> Drops:
        """Return what was dropped after `generation`.

        It is everything when the store no longer knows, also because it lost what it knew.

        Raises:
            StoreError: The store cannot say now.
        """
        ...
