"""What changed between two snapshots, by fingerprint."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from goeswith.engine.catalog.snapshot import Snapshot


class CatalogDiff(msgspec.Struct, frozen=True):
    """Skus that are new, that changed in a field relations depend on, and that are gone; sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """True when nothing that matters changed."""
        return not (self.added or self.changed or self.removed)


def diff(old: Snapshot, new: Snapshot) -> CatalogDiff:
    """Compare two snapshots. Price and availability do not count."""
    if old.digest == new.digest:
        return CatalogDiff((), (), ())
    before, after = _sku_array(old), _sku_array(new)
    at = np.searchsorted(before, after)
    inside = at < len(before)
    known = np.zeros(len(after), dtype=bool)
    known[inside] = before[at[inside]] == after[inside]
    rows = np.flatnonzero(known)
    same_sku = at[rows]
    differs = (old.fingerprints[same_sku] != new.fingerprints[rows]).any(axis=1)
    gone = np.ones(len(before), dtype=bool)
    gone[same_sku] = False
    return CatalogDiff(
        added=tuple(new.sku(row) for row in np.flatnonzero(~known).tolist()),
        changed=tuple(new.sku(row) for row in rows[differs].tolist()),
        removed=tuple(old.sku(row) for row in np.flatnonzero(gone).tolist()),
    )


def _sku_array(snapshot: Snapshot) -> npt.NDArray[np.bytes_]:
    """Return the skus as fixed-width bytes, sorted as the rows are (skus hold no NUL)."""
    return np.array([sku.encode() for sku in snapshot.skus()], dtype=np.bytes_)
