"""Counters in shared memory that tell every process at once when a key has changed.

Each key maps to one of `SLOTS` counters in a small mapped file beside the store. Whoever keeps a
copy of a value keeps the counter it saw *before* reading the value; the copy is good as long as
the counter is the same and even. A writer makes the counters of the keys it touches odd before it
commits and even, with a new number, after. So a reader never trusts a copy of what has changed,
not even for the moment between a commit and its announcement, and a check costs one read of
memory. Two keys may share a counter: then a good copy is read again from the store, no more.

A writer killed half-way leaves odd counters, which nobody trusts, and the next writer mends them.
All writers of a store take turns by a lock file, which the system frees when its holder dies.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from goeswith.cache.errors import StoreBusyError, StoreReadOnlyError
from goeswith.cache.keys import key_number

SLOTS: Final = 65_536
GENERATION: Final = 0
"""The slot that changes with every dropped tag. It vouches for copies no store holds."""

INCARNATION: Final = 1
"""The slot that changes when the whole store is replaced."""

_DIRTY: Final = 2
FIRST: Final = 8
"""The slots before this one have a meaning of their own."""

KEY_SLOTS: Final = SLOTS - FIRST
_BYTES: Final = SLOTS * 8


class Slots:
    """The counters of one store: in a file for a store on disk, in this process without one."""

    def __init__(self, *, timeout: float = 60.0) -> None:
        """Make counters in this process. `timeout`: seconds to wait for the turn to write."""
        self.timeout = timeout
        self.writable = True
        self._lock_path: Path | None = None
        self.view = memoryview(bytearray(_BYTES)).cast("Q")
        """The counters. A copy is good while `view[slot]` equals the even number it was read at."""
        self._renew_locks()
        _LIVE.add(self)

    def attach(self, path: Path, *, writable: bool = True) -> None:
        """Use the counters at `path` from now on, making the file if need be and `writable`.

        Raises:
            OSError: The file cannot be made or mapped. Nothing has changed.
        """
        self.view = memoryview(_map(path, writable=writable)).cast("Q")
        self.writable = writable
        self._lock_path = path.with_suffix(".lock")
        self._renew_locks()

    def distrust(self) -> None:
        """Make every counter odd and refuse to write: no copy is good, for there is no file."""
        self.view = memoryview(bytearray(b"\x01") * _BYTES).cast("Q")
        self.writable = False

    @staticmethod
    def slot(key: str) -> int:
        """Return the index of the counter of `key`."""
        return FIRST + key_number(key) % KEY_SLOTS

    def _renew_locks(self) -> None:
        """Start with free locks; a forked child must not wait for a thread it does not have."""
        self._thread_lock = threading.Lock()
        self._file_lock: FileLock | None = None
        if self._lock_path is not None:
            self._file_lock = FileLock(self._lock_path, mode=0o600, thread_local=False)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Announcer]:
        """Take the turn to write. Everything announced is made even again at the end.

        Raises:
            StoreReadOnlyError: The counters are mapped read-only.
            StoreBusyError: The turn did not come within `timeout` seconds.
        """
        if not self.writable:
            raise StoreReadOnlyError("The cache folder is read-only, so nothing can be stored.")
        busy = StoreBusyError(f"Another writer kept the cache for {self.timeout:g} s. Try again.")
        if not self._thread_lock.acquire(timeout=self.timeout):
            raise busy
        try:
            if self._file_lock is not None:
                try:
                    self._file_lock.acquire(timeout=self.timeout, poll_interval=0.001)
                except Timeout:
                    raise busy from None
                except OSError as error:
                    raise StoreReadOnlyError(
                        f"The cache cannot be locked for writing: {error.strerror}."
                    ) from None
            try:
                announcer = Announcer(self.view)
                try:
                    yield announcer
                finally:
                    announcer.settle()
            finally:
                if self._file_lock is not None:
                    self._file_lock.release()
        finally:
            self._thread_lock.release()


_LIVE: weakref.WeakSet[Slots] = weakref.WeakSet()


def _after_fork() -> None:
    for slots in _LIVE:
        slots._renew_locks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Announcer:
    """Marks counters for one writer. Made by `Slots.writing` only."""

    def __init__(self, view: memoryview[int]) -> None:
        self._view = view
        self._marked: set[int] = set()
        if view[_DIRTY]:
            self._mend()

    def keys(self, keys: Iterable[str]) -> None:
        """Announce that `keys` are about to change."""
        self._mark(map(Slots.slot, keys))

    def generation(self) -> None:
        """Announce that entries are about to be dropped by tag."""
        self._mark((GENERATION,))

    def everything(self) -> None:
        """Announce that the whole store is about to be replaced."""
        self._mark((GENERATION, INCARNATION, *range(FIRST, SLOTS)))

    def settle(self) -> None:
        """Make every marked counter even, with a number it never had."""
        view = self._view
        for slot in self._marked:
            view[slot] = (view[slot] | 1) + 1
        self._marked.clear()
        view[_DIRTY] = 0

    def _mark(self, slots: Iterable[int]) -> None:
        view = self._view
        view[_DIRTY] = 1
        for slot in slots:
            view[slot] |= 1
            self._marked.add(slot)

    def _mend(self) -> None:
        odd = [slot for slot, number in enumerate(self._view) if number & 1 and slot != _DIRTY]
        self._marked.update(odd)
        self.settle()


def _map(path: Path, *, writable: bool) -> mmap.mmap:
    flags = os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY
    handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if writable:
            _allocate(handle)
        elif os.fstat(handle).st_size < _BYTES:
            raise OSError(0, "the counters are incomplete", str(path))
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        return mmap.mmap(handle, _BYTES, access=access)
    finally:
        os.close(handle)


def _allocate(handle: int) -> None:
    """Give the file its blocks now: writing to a hole of a mapped file on a full disk kills."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, _BYTES)
    elif os.fstat(handle).st_size < _BYTES:
        os.ftruncate(handle, _BYTES)
