"""Work in the background killed: no cut answer is ever taken for a whole one, and none is lost."""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import time
from pathlib import Path

from goeswith.engine.budget import Budget

shop = importlib.import_module("tiny_shop")

SHORT, FULL = 5, 100
HURRIED = Budget(deadline_ms=1)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Have every answer cut and finished in the background, and kill that at a random moment."""
    home = folder / "home"
    shop.make(home, 0)
    choose = random.Random(5)
    with shop.opened(home) as engine:
        whole = {q: engine.ask(q, use_cache=False).body for q in shop.QUESTIONS}
    losses = finished = 0
    for _ in range(trials):
        with shop.opened(home) as engine:
            engine.invalidate(everything=True)
        child = shop.started(__file__, home)
        child.stdout.read(choose.randint(1, len(shop.QUESTIONS)))
        time.sleep(choose.random() * 0.02)
        child.kill()
        child.communicate()
        with shop.opened(home) as engine:
            for question, body in whole.items():
                stored = engine.look(question)
                finished += stored is not None
                losses += stored is not None and stored.body != body
                losses += engine.ask(question).body != body
    return losses, f"{finished} of {trials * len(whole)} were finished before the kill"


def hurry(home: Path) -> None:
    """Ask everything with no time, and write a byte after each."""
    with shop.opened(home) as engine:
        engine.warm()
        for question in shop.QUESTIONS:
            engine.ask(question, budget=HURRIED)
            os.write(1, b".")


if __name__ == "__main__" and len(sys.argv) == 2:
    hurry(Path(sys.argv[1]))
elif __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
