"""What was asked and how it was answered, counted across processes and restarts.

Counts gather in this process and are added to one small SQLite file now and then, so that asking
writes nothing. A process that is killed loses what it had not yet added, at most. Kept are a key,
the canonical form of its question and a number; never what somebody typed, never who asked.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

_LOG = logging.getLogger("goeswith.cache")
FILE_NAME: Final = "usage.db"
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS Tally(name TEXT PRIMARY KEY, number INTEGER NOT NULL)"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS Asked(key TEXT PRIMARY KEY, canonical TEXT NOT NULL,"
    " locale TEXT NOT NULL, asks INTEGER NOT NULL, last REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS Asked_asks ON Asked(asks, last)",
)


class Popular(NamedTuple):
    """A question and how often it was asked. `last` is the Unix time of the last ask."""

    key: str
    canonical: str
    locale: str
    asks: int
    last: float


class Usage:
    """Counters by name, and asks by key. Safe for threads; a folder may be open in many processes.

    A folder that cannot be written is no error: then the counts last as long as the process.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        most: int = 100_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open nothing yet.

        Args:
            folder: Where the file is; None keeps nothing.
            most: Questions remembered; beyond that, those asked least and longest ago go.
            clock: Gives Unix seconds.
        """
        self._path = folder / FILE_NAME if folder is not None else None
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._tally: Counter[str] = Counter()
        self._asked: dict[str, Popular] = {}

    def count(self, name: str, number: int = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self._tally[name] += number

    def asked(self, key: str, canonical: str, locale: str, number: int = 1) -> None:
        """Count asks. Never call it for a question that holds personal data."""
        now = self._clock()
        with self._lock:
            before = self._asked.get(key)
            if before is None and len(self._asked) >= self._most:
                return
            asks = before.asks + number if before else number
            self._asked[key] = Popular(key, canonical, locale, asks, now)

    def flush(self) -> None:
        """Add what was counted since the last time to the file."""
        with self._lock:
            tally, self._tally = self._tally, Counter()
            asked, self._asked = self._asked, {}
        if not (tally or asked):
            return
        with self._writing:
            kept = self._write(lambda con: self._add(con, tally, asked))
        if not kept:
            self._give_back(tally, asked)

    def counts(self) -> dict[str, int]:
        """Return every counter, by name."""
        self.flush()
        found = Counter(self._tally)
        found.update(dict(self._read("SELECT name, number FROM Tally")))
        return dict(sorted(found.items()))

    def popular(self, most: int = 100) -> list[Popular]:
        """Return the questions that were asked most, most first."""
        self.flush()
        query = "SELECT key, canonical, locale, asks, last FROM Asked"
        rows = self._read(f"{query} ORDER BY asks DESC, last DESC, key LIMIT ?", most)
        found = {row[0]: Popular(*row) for row in rows}
        for key, entry in self._asked.items():
            before = found.get(key)
            found[key] = entry._replace(asks=entry.asks + (before.asks if before else 0))
        return sorted(found.values(), key=lambda p: (-p.asks, -p.last, p.key))[:most]

    def asks_of(self, key: str) -> int:
        """Return how often the question of a key was asked."""
        rows = list(self._read("SELECT asks FROM Asked WHERE key = ?", key))
        held = self._asked.get(key)
        return (rows[0][0] if rows else 0) + (held.asks if held else 0)

    def _add(self, con: sqlite3.Connection, tally: Counter[str], asked: dict[str, Popular]) -> None:
        con.executemany(
            "INSERT INTO Tally VALUES (?, ?)"
            " ON CONFLICT(name) DO UPDATE SET number = number + excluded.number",
            tally.items(),
        )
        con.executemany(
            "INSERT INTO Asked VALUES (?, ?, ?, ?, ?) ON CONFLICT(key) DO UPDATE SET"
            " asks = asks + excluded.asks, last = max(last, excluded.last)",
            asked.values(),
        )
        (held,) = con.execute("SELECT COUNT(*) FROM Asked").fetchone()
        if held > self._most:
            con.execute(
                "DELETE FROM Asked WHERE key IN"
                " (SELECT key FROM Asked ORDER BY asks, last LIMIT ?)",
                (held - self._most + self._most // 20,),
            )

    def _give_back(self, tally: Counter[str], asked: dict[str, Popular]) -> None:
        with self._lock:
            self._tally.update(tally)
            for key, entry in asked.items():
                since = self._asked.get(key)
                asks = entry.asks + (since.asks if since else 0)
                self._asked[key] = entry._replace(asks=asks)

    def _write(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Do `work` in one transaction; False when it cannot be done."""
        if self._path is None:
            return False
        try:
            with self._opened(self._path) as con:
                con.execute("BEGIN IMMEDIATE")
                work(con)
                con.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
            return False
        return True

    def _read(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        if self._path is None or not self._path.exists():
            return []
        try:
            with self._opened(self._path) as con:
                return con.execute(query, arguments).fetchall()
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
            return []

    @contextlib.contextmanager
    def _opened(self, path: Path) -> Iterator[sqlite3.Connection]:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        con = sqlite3.connect(path, timeout=5.0, isolation_level=None)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "trusted_schema = OFF"):
                con.execute(f"PRAGMA {pragma}")
            for table in _TABLES:
                con.execute(table)
            yield con
        finally:
            con.close()

    def _failed(self, error: Exception) -> None:
        """Log why nothing was kept; set a damaged file aside."""
        _LOG.warning("Counts of what was asked are not kept: %s", error)
        damaged = type(error) is sqlite3.DatabaseError or "malformed" in str(error)
        if self._path is not None and damaged:
            with contextlib.suppress(OSError):
                for suffix in ("", "-wal", "-shm"):
                    source = self._path.with_name(FILE_NAME + suffix)
                    if source.exists():
                        source.replace(source.with_name(f"{source.name}.damaged"))
