"""A clock that jumps: nothing is served past its lifetime and skew, nothing crashes."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.lifetimes import Lifetimes

SHORT, FULL = 300, 5_000
LIVES = Lifetimes(fresh_s=100.0, stale_s=20.0, error_s=50.0, skew_s=10.0)

JUMPS = [0.0, 0.0, 0.5, 1.0, 2.0, 7.0, 15.0, 40.0, -3.0, -8.0, -30.0, 1e8, -1e8, 4e12, -4e12]


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Jump, write and read; each payload holds the time it was made."""
    choose = random.Random(3)
    now = [1e9]
    cache = AnswerCache(
        disk=DiskStore(folder, synchronous="NORMAL"), clock=lambda: now[0], lifetimes=LIVES
    )
    losses = served = 0
    for _ in range(trials):
        now[0] += choose.choice(JUMPS)
        now[0] = max(-1e15, min(now[0], 1e15))
        key = f"k{choose.randrange(5)}"
        if choose.random() < 0.4:
            cache.put(key, repr(now[0]).encode())
            continue
        for on_error in (False, True):
            hit = cache.get(key, on_error=on_error)
            if hit is not None:
                served += 1
                age = now[0] - float(hit.payload)
                limit = LIVES.fresh_s + (LIVES.error_s if on_error else LIVES.stale_s)
                losses += not -LIVES.skew_s <= age < limit or hit.age_s < 0.0
    cache.close()
    return losses, f"{served} served"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
