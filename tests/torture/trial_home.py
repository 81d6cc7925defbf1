"""A home on a full disk, a read-only home, and a clock that jumps: the engine answers as ever."""

from __future__ import annotations

import importlib
import json
import logging
import os
import random
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

shop = importlib.import_module("tiny_shop")

SHORT, FULL = 3, 60
NOBODY = 65_534

Bodies = dict[str, bytes]


def full(home: Path, whole: Bodies, trial: int) -> int:
    """Files may not grow: everything is answered, nothing is stored; then it is stored again."""
    with shop.opened(home) as engine:
        engine.ask(shop.QUESTIONS[0])
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000 * (1 + trial % 40), hard))
        losses = 0
        losses += sum(engine.ask(q).body != body for q, body in whole.items())
        losses += int(engine.ask(shop.QUESTIONS[0]).cache.tier != "memory")
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        engine.answers.clear()
        losses += sum(engine.ask(q).body != body for q, body in whole.items())
    with shop.opened(home) as engine:
        losses += sum(engine.ask(q).cache.tier != "disk" for q in whole)
    return int(losses)


def read_only(home: Path, whole: Bodies, _trial: int) -> int:
    """Somebody who may only read is served what is stored, and built what is not."""
    with shop.opened(home) as engine:
        engine.ask(shop.QUESTIONS[0])
    for path in (home, *home.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    losses = 0
    with shop.opened(home) as engine:
        losses += int(engine.ask(shop.QUESTIONS[0]).cache.tier != "disk")
        for _ in range(2):
            losses += sum(engine.ask(q).body != body for q, body in whole.items())
    return losses


def clock(home: Path, whole: Bodies, trial: int) -> int:
    """Time jumps: whatever tier answers, the answer is the same, and nothing has a future age."""
    choose = random.Random(trial)
    now = [1.7e9]
    losses = 0
    with shop.opened(home, cache__ttl_s=1_000, cache__stale_s=500) as engine:
        engine.answers._clock = lambda: now[0]
        for _ in range(60):
            now[0] += choose.choice([0.0, 1.0, 400.0, 2_000.0, -50.0, -1e6, 1e7])
            question = choose.choice(shop.QUESTIONS)
            answer = engine.ask(question)
            losses += answer.body != whole[question] or answer.cache.age_s < 0.0
            losses += answer.cache.age_s > 1_500.0
    return losses


KINDS: tuple[Callable[[Path, Bodies, int], int], ...] = (full, read_only, clock)


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Give each kind of bad day a copy of one home."""
    logging.disable()
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    made = folder / "made"
    shop.make(made, 0)
    with shop.opened(made) as engine:
        whole = {q: engine.ask(q, use_cache=False).body for q in shop.QUESTIONS}
    bodies = folder / "bodies.json"
    bodies.write_text(json.dumps({q: body.decode() for q, body in whole.items()}))
    losses = 0
    for trial in range(trials):
        home = folder / f"home-{trial}"
        shutil.copytree(made, home)
        child = shop.started(__file__, home, trial, bodies)
        child.communicate()
        losses += child.returncode != 0
        for path in (home, *home.rglob("*")):
            path.chmod(0o700)
    return losses, "a third each on a full disk, read-only, with a jumping clock"


def bad_day(home: Path, trial: int, bodies: Path) -> int:
    """Have the trial's bad day in this process; return 1 when anything went wrong."""
    logging.disable()
    whole = {q: body.encode() for q, body in json.loads(bodies.read_text()).items()}
    return min(KINDS[trial % len(KINDS)](home, whole, trial), 1)


if __name__ == "__main__" and len(sys.argv) > 3:
    sys.exit(bad_day(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
elif __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
