"""The folder of a store: who may enter it, why it cannot be written, and where damage goes."""

from __future__ import annotations

import contextlib
import errno
import shutil
from pathlib import Path
from typing import Final

from goeswith.cache.database import FAILURES, FILE_NAME, store_error
from goeswith.cache.errors import StoreError, StoreFullError, StoreReadOnlyError

MOVED_KEPT: Final = 3
"""How many damaged files are kept for inspection."""


def refusal(cause: Exception) -> StoreError:
    """Return why a store cannot be written, from what failed."""
    if isinstance(cause, StoreError):
        return cause
    if isinstance(cause, FAILURES):
        return store_error(cause)
    if getattr(cause, "errno", None) in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StoreFullError(f"The cache cannot grow ({cause}). Free some disk space.")
    return StoreReadOnlyError(f"The cache cannot be written ({cause}). Check its folder.")


def close_to_others(folder: Path) -> None:
    """Take the rights of others to the folder, as far as it is ours to do so."""
    mode = folder.stat().st_mode & 0o7777
    if mode & 0o077:
        with contextlib.suppress(PermissionError):
            folder.chmod(mode & 0o700)


def move_aside(folder: Path) -> Path:
    """Move the files of the database to a new folder under `quarantine/`; return that folder.

    The newest `MOVED_KEPT` are kept.
    """
    parent = folder / "quarantine"
    parent.mkdir(mode=0o700, exist_ok=True)
    numbers = sorted(int(path.name) for path in parent.iterdir() if path.name.isdigit())
    for number in numbers[: -(MOVED_KEPT - 1)]:
        shutil.rmtree(parent / f"{number:04d}", ignore_errors=True)
    target = parent / f"{numbers[-1] + 1 if numbers else 1:04d}"
    target.mkdir(mode=0o700)
    for suffix in ("", "-wal", "-shm", "-journal"):
        source = folder / (FILE_NAME + suffix)
        if source.exists():
            source.rename(target / source.name)
    return target
