"""The checkpoint of a distillation: which types are done, in a file that only grows."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from goeswith.engine.errors import HomeWriteError


class Head(msgspec.Struct, frozen=True):
    """What is being distilled: digest of the catalog's types, the baskets, model and prompts."""

    digest: str


class Done(msgspec.Struct, frozen=True):
    """One type that was worked off. The store holds what came of it."""

    type: str


class Journal:
    """Appends to the checkpoint of one distillation. The caller holds the lock.

    A journal of another digest is begun anew. A line that a kill cut off is left out.
    """

    def __init__(self, path: Path, digest: str, *, restart: bool = False) -> None:
        """Open the journal.

        Raises:
            HomeWriteError: the file cannot be written.
        """
        self.done = set() if restart else read_done(path, digest)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = path.open("ab" if self.done else "wb")
            if self.done:
                self._file.write(b"\n")  # A line that was cut off ends here.
            else:
                self._write(Head(digest))
        except OSError as error:
            raise HomeWriteError(f"Cannot write to {path}: {error.strerror}.") from error

    def add(self, types: list[str]) -> None:
        """Note types as done; on disk when this returns."""
        for name in types:
            self.done.add(name)
            self._write(Done(name))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write(self, line: Head | Done) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def read_done(path: Path, digest: str) -> set[str]:
    """Return the node ids of the types that a checkpoint of this digest has as done."""
    if not path.is_file():
        return set()
    first, *lines = path.read_bytes().split(b"\n")
    try:
        if msgspec.json.decode(first, type=Head).digest != digest:
            return set()
    except msgspec.MsgspecError:
        return set()
    done = set()
    for line in lines:
        try:
            done.add(msgspec.json.decode(line, type=Done).type)
        except msgspec.MsgspecError:
            continue
    return done
