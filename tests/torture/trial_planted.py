"""Rows, settings and triggers planted in the file: refused, and nothing of them is run."""

from __future__ import annotations

import json
import logging
import os
import pickle
import random
import sqlite3
import sys
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore

SHORT, FULL = 6, 100


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.path), os.O_CREAT | os.O_WRONLY)


def plant(folder: Path, mark: Path, secret: Path, choose: random.Random) -> None:
    con = sqlite3.connect(folder / "cache.db", isolation_level=None)
    bomb = pickle.dumps(Bomb(mark))
    up = os.path.relpath(secret, folder)
    rows = [
        ("pickle", 1, 4, None, bomb),
        ("pickled file", 1, 4, up, None),
        ("file", 1, 2, up, None),
        ("absolute", 1, 2, str(secret), None),
        ("text file", 1, 3, up, None),
        ("text", 1, 1, None, "text"),
        ("number", 1, 1, None, 7),
        ("null", 1, 1, None, None),
        ("bytes and file", 1, 1, up, b"v"),
        (bomb, 0, 1, None, b"v"),
        (7, 1, 1, None, b"v"),
    ]
    for key, raw, mode, filename, value in choose.sample(rows, len(rows)):
        con.execute(
            "INSERT INTO Cache(key, raw, store_time, mode, filename, value, size)"
            " VALUES (?, ?, 0, ?, ?, ?, 1)",
            (key, raw, mode, filename, value),
        )
        con.execute("INSERT OR IGNORE INTO EntryTag SELECT 1, MAX(rowid) FROM Cache")
    settings: list[tuple[str | bytes, int | str | bytes]] = [
        ("sqlite_synchronous", 0),
        ("sqlite_mmap_size", 2**30),
        ("sqlite_journal_mode", "off"),
        ("sqlite_x; DROP TABLE Cache; --", 1),
        ("disk_evil", bomb),
        ("_directory", "/"),
        ("get", "planted"),
        (bomb, bomb),
        ("eviction_policy", "planted"),
        ("size", "planted"),
        ("count", "planted"),
    ]
    for name, value in choose.sample(settings, len(settings)):
        con.execute("INSERT OR REPLACE INTO Settings VALUES (?, ?)", (name, value))
    con.execute(
        "CREATE TRIGGER planted AFTER INSERT ON Cache BEGIN"
        " UPDATE Cache SET value = x'00' WHERE rowid = NEW.rowid; END"
    )
    con.close()


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Plant everything in a store and use the store in every way."""
    logging.disable()
    losses = 0
    for trial in range(trials):
        place = folder / str(trial)
        place.mkdir(parents=True)
        mark, secret = place / "executed", place / "secret"
        secret.write_bytes(pickle.dumps(Bomb(mark)))
        cache = AnswerCache(disk=DiskStore(place / "store", synchronous="NORMAL"))
        cache.put("whole", b"value", ("t",))
        cache.close()
        plant(place / "store", mark, secret, random.Random(trial))
        store = DiskStore(place / "store")
        cache = AnswerCache(disk=store)
        names = [
            "pickle",
            "pickled file",
            "file",
            "absolute",
            "text file",
            "text",
            "number",
            "null",
            "bytes and file",
            "7",
        ]
        losses += store.stats().entries != 12
        losses += sum(store.get(name) is not None for name in names)
        losses += sum(cache.get(name) is not None for name in names)
        hit = cache.get("whole")
        losses += hit is None or hit.payload != b"value"
        cache.put("new", b"value", ("t",))
        hit = cache.get("new")
        losses += hit is not None and hit.payload != b"value"
        losses += store._con().execute("PRAGMA synchronous").fetchone()[0] != 2
        losses += store._con().execute("PRAGMA mmap_size").fetchone()[0] != 0
        store.stats()
        cache.invalidate(["t"])
        store.set("pickle", b"v", tags=("t",))
        store.purge(1e12)
        store.delete(["file", "absolute"])
        store.clear()
        cache.close()
        losses += mark.exists() + (not secret.exists())
    return losses, "11 rows, 11 settings and a trigger each"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
