"""The database or its log cut short under a reader: it lives on and never gives wrong bytes."""

from __future__ import annotations

import json
import logging
import os
import random
import sys
import time
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.memory import Lru

SHORT, FULL = 9, 100
COUNT = 60


def value_of(number: int) -> bytes:
    return random.Random(number).randbytes(5_000)


def read_on(folder: Path, ready: int, end: float) -> int:
    """Read until `end`; return 0 when all was right, 1 when not."""
    logging.disable()
    cache = AnswerCache(Lru(0, 0), DiskStore(folder, synchronous="NORMAL"))
    turn = 0
    while time.monotonic() < end:
        number = turn % COUNT
        hit = cache.get(f"k{number}")
        if hit is not None and hit.payload != value_of(number):
            return 1
        turn += 1
        if turn == COUNT:
            os.write(ready, b"!")
    cache.put("after", b"value")
    hit = cache.get("after")
    return 0 if hit is not None and hit.payload == b"value" else 1


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Cut a file at a random length while a child reads."""
    choose = random.Random(5)
    losses = signals = 0
    for trial in range(trials):
        store = folder / str(trial)
        cache = AnswerCache(disk=DiskStore(store, synchronous="NORMAL"))
        for number in range(COUNT):
            cache.put(f"k{number}", value_of(number))
        if trial % 3:
            cache.close()
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = read_on(store, theirs, time.monotonic() + 0.25)
            finally:
                os._exit(status)
        os.read(ours, 1)
        name = "cache.db" if trial % 3 else "cache.db-wal"
        os.truncate(store / name, choose.randrange((store / name).stat().st_size))
        status = os.waitpid(child, 0)[1]
        losses += status != 0
        signals += os.WIFSIGNALED(status)
        os.close(ours)
        os.close(theirs)
    return losses, f"{signals} readers died of a signal"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
