"""One warm-up at a time in a home. The system frees the lock when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from goeswith.cache.warmup.errors import WarmupBusyError, WarmupError


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is made with mode 0700 if it is missing.

    Raises:
        WarmupBusyError: Another process holds it.
        WarmupError: The folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0, mode=0o600, thread_local=False)
        lock.acquire()
    except Timeout:
        raise WarmupBusyError(
            f"Another warm-up is running on {folder.parent}. Wait until it is done: two would "
            "build the same answers twice."
        ) from None
    except OSError as error:
        raise WarmupError(
            f"Cannot write to {folder}: {error.strerror}. Give a writable folder with --home."
        ) from error
    try:
        yield
    finally:
        lock.release()
