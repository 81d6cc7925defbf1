"""A catalog swapped under load: every answer is of one version that was current while it was asked.

Afterwards what is still stored is what would be built now.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
import threading
from pathlib import Path

shop = importlib.import_module("tiny_shop")

SHORT, FULL = 5, 60
THREADS = 2
PROCESSES = 2


def ask_on(home: Path, stop: threading.Event, wrong: list[str]) -> None:
    """Ask until told to stop; note every answer that mixes versions or is none's."""
    engine = shop.opened(home)
    failed: list[str] = []

    def check(question: str) -> None:
        before = shop.version_of(home)
        answer = engine.look(question) or engine.ask(question)
        if not shop.is_of(answer, before, shop.version_of(home)):
            failed.append(f"{question}: {shop.told(answer)} at {before}")

    def work() -> None:
        for question in itertools.cycle(shop.QUESTIONS):
            check(question)
            if stop.is_set():
                break
        for question in shop.QUESTIONS:
            check(question)

    for question in shop.QUESTIONS:
        check(question)
    os.write(1, b".")
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()
    wrong += failed


def asker(home: Path) -> int:
    """Ask in a process of its own until the gate closes; return how much was wrong."""
    stop = threading.Event()
    wrong: list[str] = []
    asking = threading.Thread(target=ask_on, args=(home, stop, wrong))
    asking.start()
    sys.stdin.read()
    stop.set()
    asking.join()
    for line in wrong[:3]:
        print(line, file=sys.stderr)
    return min(len(wrong), 1)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Swap `trials` catalogs while two processes ask."""
    home = folder / "home"
    shop.make(home, 0)
    children = [shop.started(__file__, home) for _ in range(PROCESSES)]
    for child in children:
        child.stdout.read(1)
    for version in range(1, trials + 1):
        shop.make(home, version)
    for child in children:
        child.communicate()
    losses = sum(child.returncode != 0 for child in children)
    losses += shop.differences(home)
    return losses, f"{PROCESSES} processes of {THREADS} threads asked meanwhile"


if __name__ == "__main__" and len(sys.argv) == 2:
    sys.exit(asker(Path(sys.argv[1])))
elif __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
