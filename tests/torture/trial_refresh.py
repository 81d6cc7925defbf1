"""A process killed while it refreshes: what is stored is as it was, or as it is built now.

Each version of the shop only adds a product, so that answers are refreshed and none is dropped.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import time
from pathlib import Path

shop = importlib.import_module("tiny_shop")

SHORT, FULL = 6, 60
FIRST = 3
"""Products of each type to begin with."""

ROUND = 6
"""Trials until every type has one more, and another home is begun."""


def sold(version: int) -> dict[str, str]:
    """Return the products of a version: few enough of each type that one more is shown."""
    found = {
        f"P{kind * shop.EACH + nth}": f"{name} number {nth}"
        for kind, name in enumerate(shop.TYPES)
        for nth in range(FIRST)
    }
    for added in range(1, version + 1):
        kind = added % len(shop.TYPES)
        number = added * len(shop.TYPES) * shop.EACH + kind * shop.EACH
        found[f"P{number}"] = f"{shop.TYPES[kind]} added {added}"
    return found


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Add a product, ask in a process that is killed at a random moment, then look and ask."""
    choose = random.Random(9)
    losses = stale = renewed = 0
    for trial in range(trials):
        version = trial % ROUND + 1
        home = folder / f"home{trial // ROUND}"
        if version == 1:
            shop.make(home, 0, sold(0))
        with shop.opened(home) as engine:
            before = {question: engine.ask(question).body for question in shop.QUESTIONS}
            engine.background.drain()
            before |= {question: engine.ask(question).body for question in shop.QUESTIONS}
        shop.make(home, version, sold(version))
        child = shop.started(__file__, home)
        child.stdout.read(choose.randint(1, len(shop.QUESTIONS)))
        time.sleep(choose.random() * 0.1)
        child.kill()
        child.communicate()
        with shop.opened(home) as engine:
            for question, body in before.items():
                stored = engine.look(question)
                losses += stored is None
                if stored is None:
                    continue
                stale += stored.cache.stale
                renewed += not stored.cache.stale and stored.body != body
                if stored.cache.stale:
                    losses += stored.body != body
                else:
                    built = engine.ask(question, use_cache=False)
                    losses += shop.named(stored) != shop.named(built)
        losses += shop.differences(home)
    losses += not (stale or trials < SHORT)
    return losses, f"{stale} were stale after the kill, {renewed} were renewed before it"


def refresh(home: Path) -> None:
    """Ask everything, and write a byte after each; what is stale is built again meanwhile."""
    with shop.opened(home) as engine:
        engine.warm()
        for question in shop.QUESTIONS:
            engine.ask(question)
            os.write(1, b".")


if __name__ == "__main__" and len(sys.argv) == 2:
    refresh(Path(sys.argv[1]))
elif __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
