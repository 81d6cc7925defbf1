"""One flipped bit anywhere in the files: the right bytes or a miss, and never an error."""

from __future__ import annotations

import json
import logging
import random
import shutil
import sys
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore

SHORT, FULL = 100, 1_000
COUNT = 20


def value_of(number: int) -> bytes:
    return random.Random(number).randbytes(3_000)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Flip a bit of the database, or of a log that was never merged into it, and read all."""
    logging.disable()
    choose = random.Random(11)
    cache = AnswerCache(disk=DiskStore(folder / "whole", synchronous="NORMAL"))
    for number in range(COUNT):
        cache.put(f"k{number}", value_of(number), (f"t{number}",))
    shutil.copytree(folder / "whole", folder / "unmerged")
    cache.close()
    losses = misses = 0
    for trial in range(trials):
        source, name = ("unmerged", "cache.db-wal") if trial % 3 == 0 else ("whole", "cache.db")
        target = folder / "flipped"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / source, target)
        blob = bytearray((target / name).read_bytes())
        bit = choose.randrange(len(blob) * 8)
        blob[bit // 8] ^= 1 << bit % 8
        (target / name).write_bytes(bytes(blob))
        try:
            found = AnswerCache(disk=DiskStore(target, synchronous="NORMAL"))
            for number in range(COUNT):
                hit = found.get(f"k{number}")
                misses += hit is None
                losses += hit is not None and hit.payload != value_of(number)
            found.put("new", b"value", ("t1",))
            hit = found.get("new")
            losses += hit is None or hit.payload != b"value"
            found.invalidate([f"t{number}" for number in range(COUNT)])
            found.close()
        except Exception as error:  # noqa: BLE001
            losses += 1
            print(f"trial {trial}: bit {bit} of {name}: {error!r}", file=sys.stderr)
    return losses, f"{misses} of {trials * COUNT} reads missed"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
