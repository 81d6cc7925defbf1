"""The file that lists the rows of a log that cannot be used. It repeats nothing of the rows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from goeswith.cache.warmup.errors import WarmupError
from goeswith.cache.warmup.log import Bad

KEPT = 100_000
"""Rows listed at most. All are counted."""


class Rejects:
    """Counts bad rows by reason and lists them, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        """Begin the file anew. Raises WarmupError where it cannot be written."""
        self.path = path
        self.counts: Counter[str] = Counter()
        self._encode = msgspec.json.Encoder().encode
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise WarmupError(f"Cannot write {path}: {error.strerror}.") from error

    def add(self, file: str, bad: Bad) -> None:
        """Count a row and list it."""
        self.counts[bad.reason] += 1
        if self.counts.total() > KEPT:
            return
        entry = {"file": file, "line": bad.line, "reason": bad.reason, "detail": bad.detail}
        try:
            self._file.write(self._encode(entry) + b"\n")
        except OSError as error:
            raise WarmupError(f"Cannot write {self.path}: {error.strerror}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
