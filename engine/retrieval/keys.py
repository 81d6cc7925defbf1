"""Exact look-up from a string key to the rows that carry it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.retrieval.store import Folder, key_hash


class KeyIndex:
    """Sorted (64-bit hash of the key, row) pairs."""

    def __init__(self, hashes: NDArray[np.uint64], rows: NDArray[np.int32]) -> None:
        self._hashes = hashes
        self._rows = rows

    @classmethod
    def build(cls, keys: Iterable[tuple[str, int]]) -> KeyIndex:
        """Index (key, row) pairs; a row may have many keys and a key many rows."""
        pairs = {(key_hash(key), row) for key, row in keys}
        hashes = np.fromiter((h for h, _ in pairs), np.uint64, len(pairs))
        rows = np.fromiter((r for _, r in pairs), np.int32, len(pairs))
        order = np.lexsort((rows, hashes))
        return cls(hashes[order], rows[order])

    def save(self, folder: Folder, name: str) -> None:
        """Write the arrays to the folder under `name`."""
        folder.put(f"{name}.hashes", self._hashes)
        folder.put(f"{name}.rows", self._rows)

    @classmethod
    def open(cls, folder: Folder, name: str) -> KeyIndex:
        """Open the arrays as memory maps; raises HomeDamagedError."""
        return cls(folder.get(f"{name}.hashes", np.uint64), folder.get(f"{name}.rows", np.int32))

    def rows(self, key: str) -> NDArray[np.int32]:
        """Return the rows that carry the key, in order; empty if none."""
        code = np.uint64(key_hash(key))
        start, end = np.searchsorted(self._hashes, [code, code + np.uint64(1)])
        if code == np.iinfo(np.uint64).max:
            end = len(self._hashes)
        return self._rows[start:end]
