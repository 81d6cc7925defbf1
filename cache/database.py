"""diskcache made safe: bytes in the database, fixed settings, transactions that end.

What stock diskcache does with a file it did not write is the reason for this module. It unpickles
values and keys (CVE-2025-69872), opens and deletes any path named in a row, and runs every stored
setting as a PRAGMA and as an attribute. Here rows hold text keys and bytes values or are refused,
and nothing in the file configures anything: each opener uses its own settings.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import diskcache  # type: ignore[import-untyped]

from goeswith.cache.errors import (
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    ValueRefusedError,
)

FILE_NAME: Final = "cache.db"
MODE_BYTES: Final = 1
"""The only value mode that is written or read: raw bytes in the row."""

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS EntryTag(tag INTEGER NOT NULL, entry INTEGER NOT NULL,"
    " PRIMARY KEY(tag, entry)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS EntryTag_entry ON EntryTag(entry)",
    "CREATE TRIGGER IF NOT EXISTS EntryTag_delete AFTER DELETE ON Cache FOR EACH ROW BEGIN"
    " DELETE FROM EntryTag WHERE entry = OLD.rowid; END",
    "CREATE TABLE IF NOT EXISTS Dropped(tag INTEGER PRIMARY KEY, generation INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS Dropped_generation ON Dropped(generation)",
    "CREATE TABLE IF NOT EXISTS Quarantine(id INTEGER PRIMARY KEY, key TEXT, reason TEXT,"
    " value BLOB)",
)

_RECOUNT: Final = (
    "UPDATE Settings SET value = (SELECT COUNT(*) FROM Cache)"
    " WHERE key = 'count' AND typeof(value) <> 'integer'",
    "UPDATE Settings SET value = (SELECT COALESCE(SUM(size), 0) FROM Cache)"
    " WHERE key = 'size' AND typeof(value) <> 'integer'",
)

_COLUMNS: Final = {
    "Settings": "key, value",
    "Cache": "key, raw, store_time, expire_time, access_time, access_count, tag, size, mode,"
    " filename, value",
    "Quarantine": "id, key, reason, value",
}

_SETTINGS: Final[dict[str, Any]] = {
    "statistics": 0,
    "tag_index": 0,
    "eviction_policy": "least-recently-stored",
    "size_limit": 2**62,
    "cull_limit": 0,
    "disk_min_file_size": 2**62,
    "disk_pickle_protocol": 0,
}
"""Every setting of diskcache that is no pragma. None is ever read from the file."""

_COUNTERS: Final = ("count", "size", "hits", "misses")


class ForeignSchemaError(sqlite3.DatabaseError):
    """The file holds tables that this store did not make."""


class BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """Text keys and bytes values inside the database. Everything else is refused."""

    def __init__(self, directory: str, **_settings: object) -> None:
        super().__init__(directory)

    def put(self, key: object) -> tuple[str, bool]:
        """Return the key as it is stored."""
        if type(key) is not str:
            raise ValueRefusedError(f"A key is a string, not {type(key).__name__}.")
        return key, True

    def get(self, key: object, raw: object) -> str:
        """Return a stored key."""
        if type(key) is not str or not raw:
            raise ValueRefusedError("The store holds a key that is not text.")
        return key

    def store(
        self,
        value: object,
        read: object,
        key: object = None,  # noqa: ARG002
    ) -> tuple[int, int, None, bytes]:
        """Return the columns size, mode, filename and value of a row."""
        if type(value) is not bytes or read:
            raise ValueRefusedError(f"A value is bytes, not {type(value).__name__}.")
        return len(value), MODE_BYTES, None, value

    def fetch(self, mode: object, filename: object, value: object, read: object) -> bytes:
        """Return the value of a row."""
        if mode != MODE_BYTES or filename is not None or type(value) is not bytes or read:
            raise ValueRefusedError("The store holds a value that is not plain bytes.")
        return value

    def filename(self, *_row: object, **_names: object) -> tuple[str, str]:
        """Refuse: values never live in files."""
        raise ValueRefusedError("Values never live in files.")

    def remove(self, file_path: object) -> None:
        """Remove nothing: a path in a row was planted."""


class Handle:
    """One thread's connection, closed when the thread ends."""

    __slots__ = ("__weakref__", "con", "pid", "store")

    def __init__(self, con: sqlite3.Connection, store: int) -> None:
        self.con = con
        self.pid = os.getpid()
        self.store = store

    def __del__(self) -> None:
        if self.pid == os.getpid():
            self.con.close()
        else:
            _INHERITED.append(self.con)


_INHERITED: Final[list[sqlite3.Connection]] = []
"""Connections of a parent process. Closing one here would break the parent's locks."""


_LIVE: Final[weakref.WeakSet[Database]] = weakref.WeakSet()


def _after_fork() -> None:
    for database in _LIVE:
        database.forget_connections()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Handles(threading.local):
    """The connection of each thread, if it has one, and the incarnation it last asked for."""

    handle: Handle | None = None
    tried: int = -1


class Database(diskcache.Cache):  # type: ignore[misc]
    """The schema and the bootstrap of diskcache with connections of our own."""

    def __init__(
        self, directory: Path, *, synchronous: str, timeout: float, read_only: bool
    ) -> None:
        self._path = directory / FILE_NAME
        self._synchronous = "NORMAL"
        self._read_only = read_only
        self._immutable = False
        self._shut = False
        self._store = 0
        self._busy_timeout = timeout
        self._handles: weakref.WeakSet[Handle] = weakref.WeakSet()
        self.handles = Handles()
        _LIVE.add(self)
        if read_only:
            self._open_read_only()
        else:
            self._check_schema()
            super().__init__(str(directory), timeout=timeout, disk=BytesDisk, **_SETTINGS)
            with self.write() as sql:
                for statement in (*_TABLES, *_RECOUNT):
                    sql.execute(statement)
        self.forget_connections()
        self._synchronous = synchronous

    def handle(self, store: int) -> Handle:
        """Return this thread's connection to incarnation `store` of the file."""
        handle = self.handles.handle
        if handle is None or handle.store != store:
            handle = Handle(self._connect(), store)
            self._handles.add(handle)
            self.handles.handle = handle
            self._store = store
        return handle

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction that commits, or leaves no trace."""
        con = self.handle(self._store).con
        con.execute("BEGIN IMMEDIATE")
        try:
            yield con
            con.execute("COMMIT")
        finally:
            if con.in_transaction:
                con.execute("ROLLBACK")

    def forget_connections(self) -> None:
        """Close every connection of this process."""
        for handle in list(self._handles):
            if handle.pid == os.getpid():
                handle.con.close()
            else:
                _INHERITED.append(handle.con)
        self._handles.clear()
        self.handles = Handles()

    def shut(self) -> None:
        """Close every connection and make no new one."""
        self._shut = True
        self.forget_connections()

    def close(self) -> None:
        """Close this thread's connection; diskcache calls it while it opens."""
        self.handles.handle = None

    def reset(self, key: str, value: Any = diskcache.core.ENOVAL, update: bool = True) -> Any:  # noqa: ANN401, ARG002
        """Ignore what the file says; only counters are read from it."""
        if key in _COUNTERS:
            row = self._con.execute("SELECT value FROM Settings WHERE key = ?", (key,)).fetchone()
            return row[0] if row and isinstance(row[0], int) else 0
        if key in _SETTINGS:
            setattr(self, key, _SETTINGS[key])
        return _SETTINGS.get(key)

    @property
    def _con(self) -> sqlite3.Connection:
        return self.handle(self._store).con

    def _check_schema(self) -> None:
        """Drop settings nobody knows, and refuse tables that are not ours.

        Raises:
            ForeignSchemaError: The file holds tables of another shape.
        """
        con = self._con
        names = {name for (name,) in con.execute("SELECT name FROM sqlite_master")}
        try:
            if "Settings" in names:
                known = (*_SETTINGS, *_COUNTERS)
                marks = ",".join("?" * len(known))
                where = f"key IS NULL OR key NOT IN ({marks})"
                con.execute(f"DELETE FROM Settings WHERE {where}", known)  # noqa: S608
            for table, columns in _COLUMNS.items():
                if table in names:
                    con.execute(f"SELECT rowid, {columns} FROM {table} LIMIT 0")  # noqa: S608
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            raise ForeignSchemaError(str(error)) from error

    def _open_read_only(self) -> None:
        try:
            self._con.execute("SELECT 1 FROM Cache LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            self._immutable = True
            self.close()
            self._con.execute("SELECT 1 FROM Cache LIMIT 1").fetchone()

    def _pragmas(self) -> tuple[str, ...]:
        always = ("mmap_size = 0", "trusted_schema = OFF", "cell_size_check = ON")
        if self._read_only:
            return (*always, "cache_size = -32768")
        writing = ("journal_mode = WAL", f"synchronous = {self._synchronous}")
        return (*always, "cache_size = -32768", *writing)

    def _connect(self) -> sqlite3.Connection:
        if self._shut:
            raise sqlite3.ProgrammingError("the store was closed")
        mode = "mode=rwc"
        if self._read_only:
            mode = "mode=ro&immutable=1" if self._immutable else "mode=ro"
        con = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=self._busy_timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in self._pragmas():
                con.execute(f"PRAGMA {pragma}")
        except BaseException:
            con.close()
            raise
        return con


_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DAMAGE_READ: Final = {
    sqlite3.SQLITE_IOERR_SHORT_READ,
    sqlite3.SQLITE_IOERR_DATA,
    sqlite3.SQLITE_IOERR_CORRUPTFS,
}
_MEANING: Final[tuple[tuple[set[int], type[StoreError], str], ...]] = (
    (
        {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM},
        StoreFullError,
        "The cache cannot grow ({}). Free some disk space.",
    ),
    (
        {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM},
        StoreReadOnlyError,
        "The cache cannot be written ({}). Check the rights to its folder.",
    ),
    (
        {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED},
        StoreBusyError,
        "Another process keeps the cache locked ({}). Try again.",
    ),
)


FAILURES: Final = (sqlite3.Error, UnicodeDecodeError)
"""What the sqlite3 module raises. The second: a message that quotes a damaged schema."""

Failure = sqlite3.Error | UnicodeDecodeError


def is_damage(error: Failure) -> bool:
    """True when the file, or its log, is not a whole database of this store."""
    if isinstance(error, ForeignSchemaError | UnicodeDecodeError):
        return True
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _DAMAGE or code in _DAMAGE_READ


def store_error(error: Failure) -> StoreError:
    """Return what a failure of SQLite means for whoever stores."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    for codes, kind, sentence in _MEANING:
        if code in codes:
            return kind(sentence.format(error))
    return StoreError(f"The cache cannot be used ({error}).")
