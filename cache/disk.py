"""The store on disk: safe for many threads and processes, whole after `kill -9`.

Durability: with `synchronous="FULL"` (the default) a write that returned survives a power cut.
`"NORMAL"` is about ten times faster and survives a killed process, not a power cut.

Size: when the values grow over `size_limit` bytes, a write removes what expired first, then what
was stored longest ago, until a twentieth of the limit is free. Reading never writes.

Damage: a damaged row is a miss. A damaged file is moved to `quarantine/` and the store goes on
empty. A folder or disk that cannot be written is opened for reading.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeVar

from goeswith.cache.database import (
    FAILURES,
    FILE_NAME,
    Database,
    Failure,
    is_damage,
    store_error,
)
from goeswith.cache.errors import StoreClosedError, StoreError, StoreReadOnlyError
from goeswith.cache.folder import close_to_others, move_aside, refusal
from goeswith.cache.memory import QUARANTINE_KEPT, check_item
from goeswith.cache.rows import (
    TAGGED,
    current,
    delete,
    drop,
    drop_everything,
    generation,
    put,
    rewrite,
    tag_number,
)
from goeswith.cache.slots import INCARNATION, Announcer, Slots
from goeswith.cache.store import Item, StoreStats

_SLOTS = "slots"
_LOG = logging.getLogger("goeswith.cache")
_OPENING = threading.Lock()
_GET = "SELECT value FROM Cache WHERE key = ? AND raw = 1 AND mode = 1 AND filename IS NULL"

T = TypeVar("T")
Synchronous = Literal["FULL", "NORMAL"]


class DiskStore:
    """A `Store` in a folder of its own."""

    def __init__(
        self,
        directory: Path,
        *,
        size_limit: int = 4 * 2**30,
        synchronous: Synchronous = "FULL",
        timeout: float = 60.0,
    ) -> None:
        """Open the store in `directory`, making it if need be.

        Args:
            directory: Used by nothing else. Made with mode 0700.
            size_limit: Bytes of values to keep; tags and indexes come on top.
            synchronous: "FULL", or "NORMAL" for speed.
            timeout: Seconds to wait for another writer.

        Raises:
            StoreError: The folder can neither be written nor read as a store.
        """
        self.directory = directory
        self.size_limit = size_limit
        self.synchronous: Synchronous = synchronous
        self.timeout = timeout
        self.refusal: StoreError | None = None
        """Why nothing can be stored, or None."""
        self.slots = Slots(timeout=timeout)
        self._evicted = 0
        self._quarantined = 0
        self._closed = False
        self._retired: list[Database] = []
        with _OPENING:
            self._open()

    def get(self, key: str) -> bytes | None:
        """See `Store.get`. A row that this store did not write is a miss and is not looked into."""
        try:
            row = self._con().execute(_GET, (key,)).fetchone()
        except FAILURES as error:
            self._failed_read(error)
            return None
        if row is None:
            return None
        (blob,) = row
        return blob if type(blob) is bytes else None

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

        def work(con: sqlite3.Connection, announce: Announcer) -> int:
            fresh = [item for item in batch if since is None or current(con, item, since)]
            for item in fresh:
                if put(con, item):
                    announce.keys((item.key,))
            self._evict(con, announce)
            return len(fresh)

        return self._write(work)

    def delete(self, keys: Iterable[str]) -> int:
        """See `Store.delete`."""
        rows = [(key,) for key in keys]
        return self._write(lambda con, announce: delete(con, announce, rows))

    def scan_tag(self, tag: str) -> Iterator[str]:
        """See `Store.scan_tag`."""
        return iter([str(row[0]) for row in self._rows(f"SELECT Cache.key {TAGGED}", tag)])

    def get_tag(self, tag: str) -> list[tuple[str, bytes]]:
        """See `Store.get_tag`."""
        rows = self._rows(f"SELECT Cache.key, value {TAGGED}", tag)
        return [(str(key), blob) for key, blob in rows if type(blob) is bytes]

    def count_tag(self, tag: str) -> int:
        """See `Store.count_tag`."""
        rows = self._rows("SELECT COUNT(*) FROM EntryTag WHERE tag = ?", tag)
        return int(str(rows[0][0])) if rows else 0

    def drop_tags(self, tags: Iterable[str]) -> list[str]:
        """See `Store.drop_tags`."""
        numbers = [tag_number(tag) for tag in tags]
        return self._write(lambda con, told: drop(con, told, numbers)) if numbers else []

    def rewrite_tags(
        self, tags: Iterable[str], anew: Callable[[str, bytes], bytes | None]
    ) -> list[str]:
        """Put what `anew` makes of a key and its bytes in their place, for all that carry a tag.

        One transaction. None deletes. An item with one of these tags whose build began before is
        not written any more, as after a drop. Returns the keys that changed, sorted.

        Raises:
            StoreError: Nothing was changed.
        """
        numbers = [tag_number(tag) for tag in tags]
        return self._write(lambda con, told: rewrite(con, told, numbers, anew)) if numbers else []

    def generation(self) -> int:
        """See `Store.generation`. 0 when the file cannot be read."""
        try:
            return generation(self._con())
        except FAILURES as error:
            self._failed_read(error)
            return 0

    def quarantine(self, key: str, blob: bytes, reason: str) -> None:
        """See `Store.quarantine`."""
        self._quarantined += 1
        where = " FROM Cache WHERE key = ? AND raw = 1 AND value = ?"

        def work(con: sqlite3.Connection, announce: Announcer) -> None:
            announce.keys((key,))
            con.execute(
                f"INSERT INTO Quarantine(key, reason, value) SELECT key, ?, value{where}",
                (reason, key, blob),
            )
            con.execute(f"DELETE{where}", (key, blob))
            con.execute(
                "DELETE FROM Quarantine WHERE id <= (SELECT MAX(id) FROM Quarantine) - ?",
                (QUARANTINE_KEPT,),
            )

        try:
            self._write(work)
        except StoreError as error:
            _LOG.warning("A damaged entry could not be set apart: %s", error)

    def clear(self) -> int:
        """See `Store.clear`."""

        def work(con: sqlite3.Connection, announce: Announcer) -> int:
            announce.everything()
            count = int(con.execute("SELECT COUNT(*) FROM Cache").fetchone()[0])
            con.execute("DELETE FROM Cache")
            drop_everything(con)
            return count

        return self._write(work)

    def purge(self, now: float) -> int:
        """Remove what expired before `now` (Unix seconds); return how many entries went."""

        def work(con: sqlite3.Connection, announce: Announcer) -> int:
            rows = con.execute("SELECT key FROM Cache WHERE expire_time < ?", (now,)).fetchall()
            return delete(con, announce, rows)

        return self._write(work)

    def heads(self, length: int) -> list[bytes]:
        """Return the first bytes of every value. Walks all entries: for whoever inspects."""
        query = "SELECT substr(value, 1, ?) FROM Cache WHERE raw = 1 AND mode = 1"
        try:
            rows = self._con().execute(query, (length,)).fetchall()
        except FAILURES as error:
            self._failed_read(error)
            return []
        return [head for (head,) in rows if type(head) is bytes]

    def stats(self) -> StoreStats:
        """See `Store.stats`."""
        try:
            rows = dict(
                self._con().execute("SELECT key, value FROM Settings WHERE key IN ('count','size')")
            )
        except FAILURES as error:
            self._failed_read(error)
            rows = {}
        return StoreStats(
            int(rows.get("count", 0)),
            int(rows.get("size", 0)),
            self._evicted,
            self._quarantined,
            self.refusal is None,
        )

    def close(self) -> None:
        """See `Store.close`."""
        self._closed = True
        for database in (*self._retired, self._database):
            database.shut()

    def _rows(self, query: str, tag: str) -> list[tuple[object, ...]]:
        try:
            return self._con().execute(query, (tag_number(tag),)).fetchall()
        except FAILURES as error:
            self._failed_read(error)
            return []

    def _con(self) -> sqlite3.Connection:
        """Return this thread's connection to the file of the present incarnation."""
        store = self.slots.view[INCARNATION]
        handles = self._database.handles
        handle = handles.handle
        if handle is None or handle.store != store:
            handles.tried = store
            handle = self._database.handle(store)
        return handle.con

    def _write(self, work: Callable[[sqlite3.Connection, Announcer], T]) -> T:
        """Do `work` in one transaction, and once more when the file had to be replaced."""
        if self._closed:
            raise StoreClosedError("The cache was closed. Open it again.")
        if self.refusal is not None:
            self._reopen()
        try:
            try:
                return self._attempt(work)
            except FAILURES as error:
                if not is_damage(error):
                    raise
                self._replace(error)
                return self._attempt(work)
        except FAILURES as error:
            raise store_error(error) from error

    def _attempt(self, work: Callable[[sqlite3.Connection, Announcer], T]) -> T:
        with self.slots.writing() as announce:
            self._con()
            with self._database.write() as con:
                return work(con, announce)

    def _open(self) -> None:
        folder = self.directory
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            close_to_others(folder)
            self.slots.attach(folder / _SLOTS)
            with self.slots.writing() as announce:
                self._database = self._open_database(announce)
        except (OSError, *FAILURES, StoreReadOnlyError) as error:
            self._open_read_only(error)

    def _open_database(self, announce: Announcer) -> Database:
        try:
            return self._connect(read_only=False)
        except FAILURES as error:
            if not is_damage(error):
                raise
            return self._start_again(error, announce)

    def _connect(self, *, read_only: bool) -> Database:
        if not read_only:
            flags = os.O_RDWR | os.O_CREAT
            os.close(os.open(self.directory / FILE_NAME, flags, 0o600))
        return Database(
            self.directory,
            synchronous=self.synchronous,
            timeout=self.timeout,
            read_only=read_only,
        )

    def _open_read_only(self, cause: Exception) -> None:
        self.refusal = refusal(cause)
        self._refused_at = time.monotonic()
        try:
            self.slots.attach(self.directory / _SLOTS, writable=False)
        except OSError:
            self.slots.distrust()
        try:
            self._database = self._connect(read_only=True)
        except (OSError, *FAILURES) as second:
            raise StoreReadOnlyError(
                f"The cache in {self.directory} can be neither written nor read: {second}"
            ) from cause
        _LOG.warning("The cache is open for reading only. %s", self.refusal)

    def _reopen(self) -> None:
        """Try to write again, at most every ten seconds, or say why not."""
        if self.refusal is None:
            return
        if time.monotonic() - self._refused_at >= 10:
            self._retired.append(self._database)
            self.refusal = None
            with _OPENING:
                self._open()
        if self.refusal is not None:
            raise type(self.refusal)(str(self.refusal))

    def _failed_read(self, error: Failure) -> None:
        if self._closed:
            raise StoreClosedError("The cache was closed. Open it again.") from error
        if is_damage(error) and self.refusal is None:
            self._replace(error)
        else:
            _LOG.warning("The cache could not be read, so this is a miss: %s", error)

    def _replace(self, error: Failure) -> None:
        """Start an empty file in place of the one this thread tried, unless somebody just did."""
        tried = self._database.handles.tried
        try:
            with _OPENING, self.slots.writing() as announce:
                if self.slots.view[INCARNATION] == tried:
                    self._retired.append(self._database)
                    self._database = self._start_again(error, announce)
        except (OSError, *FAILURES, StoreError) as second:
            _LOG.warning("The damaged cache could not be replaced: %s", second)

    def _start_again(self, error: Failure, announce: Announcer) -> Database:
        """Move the damaged file aside and make an empty one.

        Builds that are under way count as outdated: what was dropped since they began is lost
        with the old file. So the new one starts with a number no old file has reached.
        """
        self._move_aside(error, announce)
        database = self._connect(read_only=False)
        with database.write() as con:
            drop_everything(con, time.time_ns() // 1_000)
        return database

    def _move_aside(self, error: Failure, announce: Announcer) -> None:
        announce.everything()
        target = move_aside(self.directory)
        _LOG.error("The cache was damaged (%s). It starts empty; the old is in %s.", error, target)

    def _evict(self, con: sqlite3.Connection, announce: Announcer) -> None:
        size = int(con.execute("SELECT value FROM Settings WHERE key = 'size'").fetchone()[0])
        if size <= self.size_limit:
            return
        too_much = size - self.size_limit + self.size_limit // 20
        now = time.time()
        queries = (
            ("SELECT key, size FROM Cache WHERE expire_time < ? ORDER BY expire_time", (now,)),
            ("SELECT key, size FROM Cache ORDER BY store_time, rowid", ()),
        )
        for query, arguments in queries:
            gone: list[tuple[str]] = []
            for key, length in con.execute(query, arguments):
                if too_much <= 0:
                    break
                gone.append((key,))
                too_much -= length
            self._evicted += delete(con, announce, gone)
