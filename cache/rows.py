"""The statements of the store on disk: rows, their tags, and the drops that were made."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Final

from goeswith.cache.database import MODE_BYTES
from goeswith.cache.slots import Announcer
from goeswith.cache.store import Item

DROPPED_KEPT: Final = 200_000
"""How many dropped tags are remembered, to refuse builds that began before."""

TAGGED: Final = (
    "FROM EntryTag JOIN Cache ON Cache.rowid = EntryTag.entry WHERE EntryTag.tag = ?"
    " AND raw = 1 AND mode = 1 AND filename IS NULL ORDER BY Cache.key"
)
"""What every query by tag ends with."""

_EVERYTHING: Final = -1
"""Stands for every tag in the table of drops."""


def tag_number(tag: str) -> int:
    """Return the 63-bit number a tag is indexed by. A collision only drops more."""
    digest = hashlib.blake2b(tag.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def put(con: sqlite3.Connection, item: Item) -> bool:
    """Write one row and its tags; return whether the key was there before."""
    old = con.execute("SELECT rowid FROM Cache WHERE key = ? AND raw = 1", (item.key,)).fetchone()
    if old is not None:
        con.execute("DELETE FROM Cache WHERE rowid = ?", old)
    now = time.time()
    row = con.execute(
        "INSERT INTO Cache(key, raw, store_time, expire_time, access_time, size, mode, value)"
        " VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
        (item.key, now, item.expire, now, len(item.blob), MODE_BYTES, item.blob),
    ).lastrowid
    con.executemany(
        "INSERT INTO EntryTag VALUES (?, ?)",
        [(number, row) for number in sorted({tag_number(tag) for tag in item.tags})],
    )
    return old is not None


def delete(con: sqlite3.Connection, announce: Announcer, keys: list[tuple[str]]) -> int:
    """Delete rows, announced; return how many there were."""
    announce.keys(key for (key,) in keys if type(key) is str)
    return con.executemany("DELETE FROM Cache WHERE key = ? AND raw = 1", keys).rowcount


def drop(con: sqlite3.Connection, announce: Announcer, numbers: Iterable[int]) -> list[str]:
    """Delete every row that carries one of these tags, and note that it was dropped."""
    keys = _touched(con, announce, numbers)
    delete(con, announce, [(key,) for key in keys])
    return keys


def rewrite(
    con: sqlite3.Connection,
    announce: Announcer,
    numbers: Iterable[int],
    anew: Callable[[str, bytes], bytes | None],
) -> list[str]:
    """Put other bytes into every row that carries one of these tags, or delete it; see `drop`.

    The row stays the same one, with its tags. Returns the keys of those that changed.
    """
    changed: list[str] = []
    for key in _touched(con, announce, numbers):
        query = "SELECT rowid, value FROM Cache WHERE key = ? AND raw = 1"
        row, blob = con.execute(query, (key,)).fetchone()
        told = anew(key, blob) if type(blob) is bytes else None
        if told == blob:
            continue
        announce.keys((key,))
        if told is None:
            con.execute("DELETE FROM Cache WHERE rowid = ?", (row,))
        else:
            values = (told, len(told), row)
            con.execute("UPDATE Cache SET value = ?, size = ? WHERE rowid = ?", values)
        changed.append(key)
    return changed


def _touched(con: sqlite3.Connection, announce: Announcer, numbers: Iterable[int]) -> list[str]:
    """Note that tags were dropped now, and return the keys that carry one of them, sorted."""
    announce.generation()
    newest = generation(con) + 1
    keys: set[str] = set()
    for number in numbers:
        con.execute("INSERT OR REPLACE INTO Dropped VALUES (?, ?)", (number, newest))
        rows = con.execute(f"SELECT Cache.key {TAGGED}", (number,))
        keys.update(key for (key,) in rows if type(key) is str)
    forget_old_drops(con, newest)
    return sorted(keys)


def generation(con: sqlite3.Connection) -> int:
    """Return the number of the last drop."""
    return int(con.execute("SELECT COALESCE(MAX(generation), 0) FROM Dropped").fetchone()[0])


def current(con: sqlite3.Connection, item: Item, since: int) -> bool:
    """True when no tag of `item`, and not the whole store, was dropped after `since`."""
    numbers = [tag_number(tag) for tag in item.tags] + [_EVERYTHING]
    query = "SELECT 1 FROM Dropped WHERE tag = ? AND generation > ?"
    return not any(con.execute(query, (number, since)).fetchone() for number in numbers)


def drop_everything(con: sqlite3.Connection, least: int = 0) -> None:
    """Note that every tag was dropped now, with a number of at least `least`."""
    newest = max(generation(con) + 1, least)
    con.execute("DELETE FROM Dropped")
    con.execute("INSERT INTO Dropped VALUES (?, ?)", (_EVERYTHING, newest))


def forget_old_drops(con: sqlite3.Connection, newest: int) -> None:
    """Keep the newest drops; older builds then count as built before everything was dropped."""
    if newest % 64:
        return
    count = int(con.execute("SELECT COUNT(*) FROM Dropped").fetchone()[0])
    if count <= DROPPED_KEPT:
        return
    query = "SELECT generation FROM Dropped ORDER BY generation DESC LIMIT 1 OFFSET ?"
    cut = int(con.execute(query, (DROPPED_KEPT // 2,)).fetchone()[0])
    con.execute("DELETE FROM Dropped WHERE generation <= ?", (cut,))
    con.execute("INSERT OR REPLACE INTO Dropped VALUES (?, ?)", (_EVERYTHING, cut))
