"""A warm-up killed again and again: the final store equals that of one that was left alone.

Two homes are warmed from the same log. One warm-up runs through; the other is killed with SIGKILL
at random moments, `trials` times, resumed each time, and then runs to its end. Lost is every key
whose bytes differ, every answer that was built again although it was stored, and every LM call
over the limit.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.keys import key_of
from goeswith.cache.warmup import Built, Job, Limits, Meaning, Outcome, Result, Spend, tally
from goeswith.cache.warmup.local import InProcess
from goeswith.cache.warmup.lock import only_one

SHORT, FULL = 8, 50
QUESTIONS = 900
CEILING = Spend(3)


def key_of_text(text: str) -> str:
    return key_of("trial", text)


class Shop:
    """Builds answers of some size, and writes down what it built before it returns."""

    def __init__(self, folder: Path) -> None:
        self.answers = AnswerCache(disk=DiskStore(folder / "store", synchronous="NORMAL"))
        self._log = os.open(folder / "built", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def known(self, key: str) -> Outcome | None:
        return Outcome.COMPLETE if self.answers.get(key) else None

    def build(self, text: str) -> Built:
        number = int(text.rpartition(" ")[2])
        if number % 9 == 0:
            return Built(Outcome.FAILED, 0.0, Spend(1), "cut short")
        key = key_of_text(text)
        self.answers.put(key, f"{text} ".encode() * 200, ["trial"])
        os.write(self._log, f"{key}\n".encode())
        return Built(Outcome.COMPLETE, 0.0, Spend(number % 4))

    def close(self) -> None:
        self.answers.close()


def warm(folder: Path, calls: int | None = None, tell: int | None = None) -> Result:
    """Warm a home, as far as one is let, and write a byte to `tell` after every question."""
    shop = Shop(folder)

    def progress(_done: int, _total: int) -> None:
        if tell is not None:
            os.write(tell, b".")

    with only_one(folder / "warmup"):
        told = tally(
            [folder / "log.csv"],
            lambda text: Meaning(key_of_text(text), text.split()[0]),
            folder / "warmup" / "rejects.jsonl",
        )
        limits = Limits(lm_calls=calls)
        job = Job(folder / "warmup", told, shop.known, limits=limits, ceiling=CEILING)
        return job.run(lambda: InProcess(shop), progress=progress)


def home(folder: Path) -> Path:
    """Return a home with a log."""
    folder.mkdir()
    rows = (f"{'abc'[n % 3]} thing {n},{QUESTIONS - n // 5}" for n in range(QUESTIONS))
    (folder / "log.csv").write_text("query,count\n" + "\n".join(rows))
    return folder


def stored(folder: Path) -> dict[str, bytes]:
    cache = AnswerCache(disk=DiskStore(folder / "store"))
    assert cache.disk is not None
    found = {key: cache.get(key) for key in cache.disk.scan_tag("trial")}
    cache.close()
    return {key: hit.payload for key, hit in found.items() if hit is not None}


def kill_one(folder: Path, after: int, pause: float) -> None:
    """Start a warm-up and kill it some time after it has worked off `after` questions."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        warm(folder, tell=theirs)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        pipe.read(after)
        time.sleep(pause)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Kill a warm-up `trials` times."""
    whole, torn = home(folder / "whole"), home(folder / "torn")
    expected = warm(whole)
    choose = random.Random(11)
    for _ in range(trials):
        kill_one(torn, choose.randint(0, QUESTIONS // (2 * trials)), choose.random() * 0.003)
    found = warm(torn)
    ours, theirs = stored(torn), stored(whole)
    losses = sum(ours.get(key) != payload for key, payload in theirs.items())
    losses += len(ours.keys() - theirs.keys())
    built = (torn / "built").read_text().split()
    losses += len(built) - len(set(built))
    losses += max(found.spend.lm_calls - expected.spend.lm_calls - trials * CEILING.lm_calls, 0)
    again = warm(home(folder / "limit"), calls=90)
    losses += max(again.spend.lm_calls - 90, 0)
    return losses, f"{len(theirs)} answers, {found.resumed} questions before the last start"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
