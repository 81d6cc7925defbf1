"""Processes with different settings on one store: each keeps its own, and nothing is lost."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from goeswith.cache.disk import DiskStore, Synchronous

SHORT, FULL = 2, 40
WRITES = 60


def write(folder: Path, name: str, synchronous: Synchronous, timeout: float) -> int:
    store = DiskStore(folder, synchronous=synchronous, timeout=timeout)
    wanted = {"FULL": 2, "NORMAL": 1}[synchronous]
    losses = 0
    for number in range(WRITES):
        store.set(f"{name}{number}", f"{name}{number}".encode() * 200, tags=(name, "all"))
        losses += store._con().execute("PRAGMA synchronous").fetchone()[0] != wanted
        if number % 20 == 0:
            store._database.forget_connections()
    store.close()
    return losses


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Three processes write at once, each with its own settings."""
    losses = 0
    for trial in range(trials):
        place = folder / str(trial)
        kinds: list[tuple[str, Synchronous, float]] = [
            ("a", "FULL", 30.0),
            ("b", "NORMAL", 60.0),
            ("c", "FULL", 60.0),
        ]
        children = []
        for name, synchronous, timeout in kinds:
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    status = min(write(place, name, synchronous, timeout), 1)
                finally:
                    os._exit(status)
            children.append(child)
        losses += sum(os.waitpid(child, 0)[1] != 0 for child in children)
        store = DiskStore(place)
        for name, _, _ in kinds:
            losses += sum(
                store.get(f"{name}{number}") != f"{name}{number}".encode() * 200
                for number in range(WRITES)
            )
            losses += store.count_tag(name) != WRITES
        losses += store.count_tag("all") != 3 * WRITES
        losses += store._con().execute("PRAGMA integrity_check").fetchone()[0] != "ok"
        losses += (place / "quarantine").exists()
        store.close()
    return losses, f"{3 * WRITES} writes each"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
