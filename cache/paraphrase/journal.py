"""What the paraphrase tier keeps on disk: one SQLite file that every process goes on reading.

Each change is a row with a number greater than all before it, so that catching up costs what
changed. Bytes are in envelopes with a digest; nothing is unpickled. A damaged row is left out; a
damaged file is moved aside and a new one begun: what is lost are shortcuts, which come back.
A folder that cannot be written is no error: then the tier lives in memory.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from goeswith.cache.paraphrase.bound import MOST_OBSERVATIONS

_LOG = logging.getLogger("goeswith.cache")
FILE_NAME: Final = "paraphrase.db"
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS Entry(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE, space TEXT NOT NULL, blob BLOB)",
    "CREATE TABLE IF NOT EXISTS Seen(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL, similarity REAL NOT NULL, correct INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS Seen_name ON Seen(name, number)",
)
_TOMBSTONES_KEPT: Final = 10_000


class Change(NamedTuple):
    """An entry as it is now; `blob` is None when it was forgotten."""

    name: str
    blob: bytes | None


class Sight(NamedTuple):
    """One observation of an entry."""

    name: str
    similarity: float
    correct: bool


class Journal:
    """Entries of one space (an embedder), and observations of them. Safe for many processes.

    One object is used by one thread at a time. With no folder nothing is kept.
    """

    def __init__(self, folder: Path | None, space: str, *, timeout: float = 5.0) -> None:
        self._path = folder / FILE_NAME if folder is not None else None
        self._space = space
        self._timeout = timeout
        self._entries_read = 0
        self._sights_read = 0
        self._con: sqlite3.Connection | None = None
        self._opened = (0, 0)

    def put(self, name: str, blob: bytes) -> bool:
        """Keep an entry in place of any of that name; return whether it was kept."""
        return self._write(lambda con: self._replace(con, name, blob))

    def forget(self, names: Iterable[str]) -> bool:
        """Forget entries and what was seen of them, here and in every other process."""

        def work(con: sqlite3.Connection) -> None:
            for name in names:
                self._replace(con, name, None)
                con.execute("DELETE FROM Seen WHERE name = ?", (name,))
            con.execute(
                "DELETE FROM Entry WHERE blob IS NULL AND number <"
                " (SELECT MAX(number) FROM Entry) - ?",
                (_TOMBSTONES_KEPT,),
            )

        return self._write(work)

    def see(self, sight: Sight) -> bool:
        """Keep an observation; return whether it was kept."""

        def work(con: sqlite3.Connection) -> None:
            con.execute("INSERT INTO Seen(name, similarity, correct) VALUES (?, ?, ?)", sight)
            con.execute(
                "DELETE FROM Seen WHERE name = ? AND number <= (SELECT number FROM Seen"
                " WHERE name = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (sight.name, sight.name, MOST_OBSERVATIONS),
            )

        return self._write(work)

    def changes(self) -> tuple[list[Change], list[Sight]]:
        """Return what changed since the last call, oldest first, own changes too."""
        try:
            con = self._connection()
            if con is None:
                return [], []
            entries = con.execute(
                "SELECT number, name, blob FROM Entry WHERE number > ? AND space = ?"
                " ORDER BY number",
                (self._entries_read, self._space),
            ).fetchall()
            sights = con.execute(
                "SELECT number, name, similarity, correct FROM Seen WHERE number > ?"
                " ORDER BY number",
                (self._sights_read,),
            ).fetchall()
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
            return [], []
        self._entries_read = max((row[0] for row in entries), default=self._entries_read)
        self._sights_read = max((row[0] for row in sights), default=self._sights_read)
        return (
            [Change(row[1], row[2]) for row in entries if _is_entry(row)],
            [Sight(row[1], row[2], bool(row[3])) for row in sights if _is_sight(row)],
        )

    def close(self) -> None:
        """Close the file."""
        con, self._con = self._con, None
        if con is not None:
            with contextlib.suppress(sqlite3.Error):
                con.close()

    def _replace(self, con: sqlite3.Connection, name: str, blob: bytes | None) -> None:
        con.execute("DELETE FROM Entry WHERE name = ?", (name,))
        con.execute(
            "INSERT INTO Entry(name, space, blob) VALUES (?, ?, ?)", (name, self._space, blob)
        )

    def _write(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Do `work` in one transaction; False when the file cannot be written."""
        try:
            con = self._connection()
            if con is None:
                return False
            con.execute("BEGIN IMMEDIATE")
            try:
                work(con)
            except BaseException:
                con.execute("ROLLBACK")
                raise
            con.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
            return False
        return True

    def _connection(self) -> sqlite3.Connection | None:
        """Return this process's connection to the file that is there now."""
        if self._path is None:
            return None
        if self._con is not None and self._opened != self._identity():
            self.close()
            self._entries_read = self._sights_read = 0
        if self._con is None:
            self._con = self._open(self._path)
            self._opened = self._identity()
        return self._con

    def _identity(self) -> tuple[int, int]:
        path = self._path or Path()
        return os.getpid(), path.stat().st_ino if path.exists() else 0

    def _open(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        con = sqlite3.connect(
            path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        try:
            con.execute("PRAGMA journal_mode = WAL")
            con.execute("PRAGMA synchronous = NORMAL")
            con.execute("PRAGMA mmap_size = 0")
            con.execute("PRAGMA trusted_schema = OFF")
            for table in _TABLES:
                con.execute(table)
        except sqlite3.Error:
            con.close()
            raise
        return con

    def _failed(self, error: Exception) -> None:
        """Log why nothing was read or stored; give up a damaged file for a new one."""
        self.close()
        if self._path is None or not _is_damage(error):
            _LOG.warning("The paraphrase tier goes on without its file: %s", error)
            return
        self._entries_read = self._sights_read = 0
        try:
            for suffix in ("", "-wal", "-shm"):
                source = self._path.with_name(FILE_NAME + suffix)
                if source.exists():
                    source.replace(source.with_name(f"{source.name}.damaged"))
        except OSError as second:
            _LOG.warning("The damaged paraphrase tier could not be replaced: %s", second)
        else:
            _LOG.error("The paraphrase tier was damaged (%s). It starts empty.", error)


def _is_damage(error: Exception) -> bool:
    return type(error) is sqlite3.DatabaseError or "malformed" in str(error)


def _is_entry(row: tuple[object, ...]) -> bool:
    return type(row[1]) is str and (row[2] is None or type(row[2]) is bytes)


def _is_sight(row: tuple[object, ...]) -> bool:
    return type(row[1]) is str and type(row[2]) is float and row[3] in (0, 1)
