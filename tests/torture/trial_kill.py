"""Writers killed at any moment: every acknowledged write is there, with its tags, and no more."""

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

SHORT, FULL = 200, 1_000
KEYS = [f"k{number}" for number in range(12)]
FILES = {"cache.db", "cache.db-wal", "cache.db-shm", "slots", "slots.lock"}


def tags_of(turn: int) -> tuple[str, str]:
    return (f"a{turn % 5}", f"b{turn % 7}")


def value_of(key: str, turn: int) -> bytes:
    return f"{key} {turn} ".encode() * 300


def turn_of(payload: bytes) -> int:
    return int(payload.split()[1])


def write(folder: Path, seed: int, pipe: int) -> None:
    """Put and drop for ever, and acknowledge each step once it returned."""
    cache = AnswerCache(disk=DiskStore(folder))
    choose = random.Random(seed)
    for turn in range(seed * 10_000, seed * 10_000 + 9_999):
        key = choose.choice(KEYS)
        drops = turn % 9 == 0
        os.write(pipe, f"{'?drop' if drops else '?put'} {key} {turn}\n".encode())
        if drops:
            cache.invalidate([f"a{turn % 5}"])
        else:
            cache.put(key, value_of(key, turn), tags_of(turn))
        os.write(pipe, b"!\n")


def settle(state: dict[str, set[int | None]], log: list[str]) -> None:
    """Follow the log: which turn may stand under each key. An unfinished step may have happened."""
    for position, line in enumerate(log):
        if line == "!" or not line:
            continue
        kind, key, turn = line[1:].split()
        done = position + 1 < len(log) and log[position + 1] == "!"
        if kind == "put":
            state[key] = {int(turn)} if done else state[key] | {int(turn)}
            continue
        tag = f"a{int(turn) % 5}"
        for name, turns in state.items():
            hit = {old for old in turns if old is not None and tags_of(old)[0] == tag}
            if hit:
                state[name] = (turns - hit if done else turns) | {None}


def check(folder: Path, cache: AnswerCache, state: dict[str, set[int | None]]) -> int:
    """Count what is wrong: values, copies in memory, tags, files."""
    fresh = AnswerCache(disk=DiskStore(folder))
    losses = 0
    truth: dict[str, int] = {}
    for key in KEYS:
        hit = fresh.get(key)
        turn = None if hit is None else turn_of(hit.payload)
        losses += turn not in state[key]
        losses += hit is not None and turn is not None and hit.payload != value_of(key, turn)
        copy = cache.get(key)
        losses += (None if copy is None else copy.payload) != (None if hit is None else hit.payload)
        state[key] = {turn}
        if turn is not None:
            truth[key] = turn
    assert fresh.disk is not None
    for tag in [f"a{n}" for n in range(5)] + [f"b{n}" for n in range(7)]:
        expected = sorted(key for key, turn in truth.items() if tag in tags_of(turn))
        losses += list(fresh.disk.scan_tag(tag)) != expected
    losses += fresh.disk.stats().entries != len(truth)
    losses += not {path.name for path in folder.iterdir()} <= FILES
    fresh.close()
    return losses


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Kill `trials` writers one after the other over one store that a reader keeps open."""
    choose = random.Random(7)
    reader = AnswerCache(disk=DiskStore(folder))
    state: dict[str, set[int | None]] = {key: {None} for key in KEYS}
    losses = acknowledged = 0
    for trial in range(trials):
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            write(folder, trial + 1, theirs)
            os._exit(0)
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            first = pipe.readline()
            time.sleep(choose.random() * 0.05)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            log = [first.strip(), *pipe.read().split("\n")]
        acknowledged += log.count("!")
        settle(state, log)
        losses += check(folder, reader, state)
    reader.close()
    return losses, f"{acknowledged} acknowledged writes"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]) / "store")))
