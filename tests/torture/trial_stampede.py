"""Two hundred callers with one new question, in one process and in four: exactly one build."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.flight import Flights

SHORT, FULL = 4, 50


def crowd(folder: Path, gate: int, callers: int) -> int:
    cache = AnswerCache(disk=DiskStore(folder / "store", synchronous="NORMAL"))
    flights: Flights[bytes] = Flights(folder / "locks")
    answers: list[bytes] = []
    start = threading.Event()

    def look() -> bytes | None:
        hit = cache.get("k")
        return hit.payload if hit else None

    def build() -> bytes:
        log = os.open(folder / "log", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        os.write(log, b"built\n")
        os.close(log)
        cache.put("k", b"answer")
        return b"answer"

    def ask() -> None:
        start.wait()
        answers.append(look() or flights.do("k", build, look))

    threads = [threading.Thread(target=ask) for _ in range(callers)]
    for thread in threads:
        thread.start()
    os.read(gate, 1)
    start.set()
    for thread in threads:
        thread.join()
    return int(answers != [b"answer"] * callers)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Start one process or four, let all callers loose at once, and count builds."""
    losses = 0
    for trial in range(trials):
        place = folder / str(trial)
        place.mkdir(parents=True)
        processes = (1, 4)[trial % 2]
        gate, opener = os.pipe()
        children = []
        for _ in range(processes):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    status = crowd(place, gate, 200)
                finally:
                    os._exit(status)
            children.append(child)
        os.write(opener, b"!" * processes)
        losses += sum(os.waitpid(child, 0)[1] != 0 for child in children)
        losses += (place / "log").read_bytes() != b"built\n"
        os.close(gate)
        os.close(opener)
    return losses, "200 callers in 1 process and in 4, in turn"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
