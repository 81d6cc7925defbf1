"""An index killed around its swap: whoever opens the home next serves what is current, no less.

Killed before what will be dropped is written down, before the swap, between swap and drop, and
between the drop and crossing it out; before what is refreshed, and before that is committed.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from goeswith.cache import AnswerCache
from goeswith.engine.index import home as home_module
from goeswith.engine.index import indexing, settle

shop = importlib.import_module("tiny_shop")

SHORT, FULL = 8, 64


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_on_crossing_out() -> None:
    write = settle._write

    def dying(folder: Path, notes: list[settle.Note]) -> None:
        if not notes:
            die()
        write(folder, notes)

    settle._write = dying


def _die_while_refreshing() -> None:
    disk: Any = importlib.import_module("goeswith.cache.disk")
    rewrite = disk.rewrite

    def dying(*given: Any) -> None:
        rewrite(*given)
        die()

    disk.rewrite = dying


MOMENTS: tuple[Callable[[], None], ...] = (
    lambda: setattr(indexing, "note", die),
    lambda: setattr(home_module.Home, "commit", die),
    lambda: setattr(indexing, "settle", die),
    lambda: setattr(settle, "_drop", die),
    lambda: setattr(settle, "_drop_edges", die),
    lambda: setattr(AnswerCache, "refresh", die),
    _die_while_refreshing,
    _die_on_crossing_out,
)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Kill an index `trials` times, at each moment in turn; then ask everything."""
    home = folder / "home"
    shop.make(home, 0)
    losses = swapped = 0
    tried = 0
    for trial in range(trials):
        with shop.opened(home) as engine:
            for question in shop.QUESTIONS:
                engine.ask(question)
        before = shop.version_of(home)
        child = shop.started(__file__, trial % len(MOMENTS), home, before + 1)
        child.communicate()
        killed = child.returncode == -signal.SIGKILL
        losses += not killed
        tried += killed
        now = shop.version_of(home)
        swapped += now != before
        with shop.opened(home) as engine:
            answers = [engine.ask(question) for question in shop.QUESTIONS]
        losses += sum(not shop.is_of(answer, now, now) for answer in answers)
        losses += shop.differences(home)
    return losses, f"{swapped} killed after the swap, {tried - swapped} before it"


def index_and_die(moment: int, home: Path, version: int) -> None:
    """Index a version, and be killed at a moment."""
    MOMENTS[moment]()
    shop.make(home, version)


if __name__ == "__main__" and len(sys.argv) > 3:
    index_and_die(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
elif __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
