"""What reading a catalog came to, in numbers, and the file that lists every row left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import TracebackType

import msgspec

from goeswith.engine.errors import HomeWriteError

_DETAIL = 200


class CatalogReport(msgspec.Struct, frozen=True):
    """Counts of one reading. `read` = `kept` + `duplicates` + `dropped` + `rejected`.

    `dropped_by` and `rejected_by` count by reason. `changed` counts fields that were kept in an
    altered form (cut to the cap, read in another encoding, a price that says nothing).
    """

    feed: str
    detected: bool
    read: int
    kept: int
    duplicates: int
    dropped: int
    rejected: int
    dropped_by: dict[str, int]
    rejected_by: dict[str, int]
    changed: dict[str, int]
    types: int
    brands: int
    seconds: float
    rejects: str


class Ledger:
    """Counts what happens to rows and writes those left out to `rejects.jsonl`."""

    def __init__(self, path: Path) -> None:
        """Open the rejects file for writing."""
        self.path = path
        self.read = 0
        self.duplicates = 0
        self.dropped: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self._encode = msgspec.json.Encoder().encode
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise HomeWriteError(f"Cannot write {path}: {error.strerror}.") from error

    def reject(self, file: str, row: int, sku: str, reason: str, detail: str) -> None:
        """Count a bad row and write it down."""
        self.rejected[reason] += 1
        self._write(file, row, sku, reason, detail)

    def duplicate(self, file: str, row: int, sku: str, detail: str) -> None:
        """Count a row that a later one of the same sku replaces, and write it down."""
        self.duplicates += 1
        self._write(file, row, sku, "duplicate_sku", detail)

    def summary(self) -> str:
        """Return the reasons with their counts, most frequent first."""
        counts = [*self.rejected.most_common(), *self.dropped.most_common()]
        return ", ".join(f"{reason}: {count}" for reason, count in counts)

    def _write(self, file: str, row: int, sku: str, reason: str, detail: str) -> None:
        entry = {"file": file, "row": row, "sku": sku, "reason": reason, "detail": detail[:_DETAIL]}
        try:
            self._file.write(self._encode(entry) + b"\n")
        except OSError as error:
            raise HomeWriteError(f"Cannot write {self.path}: {error.strerror}.") from error

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
