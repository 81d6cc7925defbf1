"""No room left: the write says so, reads go on, and writing goes on once there is room again.

Each trial limits the size of files for a child process, which works for every user. Where a small
memory file system can be mounted, half of the trials fill one instead.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import resource
import subprocess
import sys
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.errors import StoreFullError
from goeswith.cache.results import Outcome

SHORT, FULL = 6, 100


def fill(cache: AnswerCache) -> int:
    """Write until the disk is full; return how many writes were acknowledged."""
    assert cache.disk is not None
    for number in range(10_000):
        outcome = cache.put(f"k{number}", random.Random(number).randbytes(20_000), ("t",))
        if outcome is not Outcome.STORED:
            return number
    raise AssertionError("the disk never became full")


def readable(cache: AnswerCache, count: int) -> int:
    """Count the acknowledged writes that cannot be read."""
    hits = (cache.get(f"k{number}") for number in range(count))
    return sum(
        hit is None or hit.payload != random.Random(number).randbytes(20_000)
        for number, hit in enumerate(hits)
    )


def refused(store: DiskStore) -> int:
    """Return 0 when a large write is refused as full."""
    try:
        store.set("large", bytes(5_000_000))
    except StoreFullError:
        return 0
    return 1


def limited(folder: Path, limit: int) -> int:
    """Fill a store whose files may not grow over `limit` bytes."""
    cache = AnswerCache(disk=DiskStore(folder, synchronous="NORMAL"))
    assert cache.disk is not None
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    count = fill(cache)
    losses = refused(cache.disk) + readable(cache, count)
    opened = AnswerCache(disk=DiskStore(folder, synchronous="NORMAL"))
    losses += readable(opened, count)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    losses += cache.put("after", b"value") is not Outcome.STORED
    losses += cache.get("after") is None
    return losses


def mounted(folder: Path, size: int) -> int:
    """Fill a file system of `size` bytes, open a store on it, and make room again."""
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(size // 2))
    cache = AnswerCache(disk=DiskStore(folder / "store", synchronous="NORMAL"))
    assert cache.disk is not None
    count = fill(cache)
    losses = refused(cache.disk) + readable(cache, count)
    opened = AnswerCache(disk=DiskStore(folder / "store", synchronous="NORMAL"))
    losses += readable(opened, count)
    cache.close()
    opened.close()
    if size // 1_000 % 4 == 1:
        (folder / "store" / "slots").unlink()
        with contextlib.suppress(OSError):
            (folder / "more").write_bytes(bytes(500_000))
    cold = DiskStore(folder / "store", synchronous="NORMAL")
    losses += readable(AnswerCache(disk=cold), count) + refused(cold)
    ballast.unlink()
    cold._refused_at = -1e9
    losses += AnswerCache(disk=cold).put("after", b"value") is not Outcome.STORED
    losses += cold.get("after") is None
    cold.close()
    return losses


def in_child(work: object, *arguments: object) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = min(work(*arguments), 1)  # type: ignore[operator]
        finally:
            os._exit(status)
    return int(os.waitpid(child, 0)[1] != 0)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Fill `trials` stores at different sizes."""
    logging.disable()
    losses = mounts = 0
    for trial in range(trials):
        place = folder / str(trial)
        place.mkdir(parents=True)
        size = 1_500_000 + 37_000 * trial
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
        if trial % 2 and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
            mounts += 1
            losses += in_child(mounted, place, size)
            subprocess.run(["umount", "-l", str(place)], check=True)
        else:
            losses += in_child(limited, place, size)
    return losses, f"{mounts} on a mounted file system, the others by a limit of file size"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
