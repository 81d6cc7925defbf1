"""A folder that cannot be written: it opens for reading and says that it cannot store."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from goeswith.cache.answers import AnswerCache
from goeswith.cache.disk import DiskStore
from goeswith.cache.errors import StoreError, StoreReadOnlyError
from goeswith.cache.results import Outcome

SHORT, FULL = 3, 20
NOBODY = 65_534


def without_rights(folder: Path) -> int:
    """Use the store as somebody who may only read it; return how much was wrong."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    store = DiskStore(folder)
    cache = AnswerCache(disk=store)
    losses = 0
    for _ in range(2):
        hit = cache.get("k")
        losses += hit is None or hit.payload != b"value"
    losses += not isinstance(store.refusal, StoreReadOnlyError)
    losses += store.stats().writable
    losses += list(store.scan_tag("t")) != ["k"]
    for change in (
        lambda: store.set("new", b"v"),
        lambda: store.delete(["k"]),
        lambda: store.drop_tags(["t"]),
        store.clear,
    ):
        try:
            change()
            losses += 1
        except StoreReadOnlyError:
            pass
    losses += cache.put("new", b"v") is not Outcome.MEMORY_ONLY
    try:
        cache.invalidate(["t"])
        losses += 1
    except StoreError:
        losses += cache.get("k") is not None
    return losses


def run(trials: int, folder: Path) -> tuple[int, str]:
    """Open a store that was closed, and one that its owner still has open."""
    logging.disable()
    losses = 0
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    for trial in range(trials):
        place = folder / str(trial)
        owner = AnswerCache(disk=DiskStore(place))
        owner.put("k", b"value", ("t",))
        if trial % 2:
            owner.close()
        for path in place.iterdir():
            path.chmod(0o444)
        place.chmod(0o555)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = min(without_rights(place), 1)
            finally:
                os._exit(status)
        losses += os.waitpid(child, 0)[1] != 0
        place.chmod(0o700)
    return losses, "as another user" if os.geteuid() == 0 else "by file modes"


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
