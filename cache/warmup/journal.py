"""The checkpoint: what a warm-up tried and spent, one line a question, in a file that only grows.

The store is the truth about what is stored; the journal knows the rest: what failed and is not to
be tried again, what was spent, and the ranking that was begun with. A line that was cut off by a
kill is left out. No wording of a question is written, only keys.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from goeswith.cache.warmup.errors import WarmupError
from goeswith.cache.warmup.ranking import Savings
from goeswith.cache.warmup.work import Built, Outcome, Spend, total_of

SCHEMA = 1


class Head(msgspec.Struct, frozen=True):
    """What is being warmed, and how it was ranked."""

    schema: int
    digest: str
    savings: Savings


class Entry(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """One question done."""

    key: str
    outcome: Outcome
    spend: Spend = Spend()
    reason: str = ""


class Begun(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """One question begun. What it may spend counts as spent if it never ends."""

    key: str
    spend: Spend = Spend()


class End(msgspec.Struct, frozen=True, tag=True):
    """Everything was done."""


class Journal:
    """Appends to the checkpoint of one warm-up.

    Attributes:
        head: What is warmed.
        done: By key, what was done, by earlier runs too.
        lost: What may have been spent on questions that earlier runs began and did not end.
    """

    def __init__(self, path: Path, read: Read) -> None:
        """Use `Journal.open`."""
        self.head = read.head
        self.done = read.done
        self.lost = read.lost
        self._encode = msgspec.json.Encoder().encode
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    @classmethod
    def open(cls, path: Path, digest: str, savings: Savings, *, restart: bool = False) -> Self:
        """Go on with the warm-up of the same questions if it was interrupted, or begin anew.

        Raises:
            WarmupError: The checkpoint cannot be written.
        """
        try:
            read = None if restart else _read(path)
            if read is None or read.head.digest != digest:
                read = Read(Head(SCHEMA, digest, savings), {}, Spend(), 0)
                fresh = path.with_suffix(".new")
                fresh.write_bytes(msgspec.json.encode(read.head) + b"\n")
                fresh.replace(path)
            else:
                os.truncate(path, read.length)
            return cls(path, read)
        except OSError as error:
            raise WarmupError(f"Cannot write the checkpoint {path}: {error.strerror}.") from error

    def spent(self) -> Spend:
        """Return what was spent so far."""
        return total_of([self.lost, *(entry.spend for entry in self.done.values())])

    def begin(self, key: str, ceiling: Spend) -> None:
        """Note a question as begun, if it may spend anything."""
        if ceiling != Spend():
            self._append(self._encode(Begun(key, ceiling)))

    def add(self, key: str, built: Built) -> None:
        """Note a question as done. Once this returns, a killed process does not lose it."""
        entry = self.done[key] = Entry(key, built.outcome, built.spend, built.reason)
        self._append(self._encode(entry))

    def finish(self) -> None:
        """Note that everything is done: the next warm-up begins anew."""
        self._append(self._encode(End()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def _append(self, line: bytes) -> None:
        try:
            os.write(self._file, line + b"\n")
        except OSError as error:
            raise WarmupError(
                f"Cannot write the checkpoint {self._path}: {error.strerror}. Free some space and "
                "run the same command again; it goes on where it stopped."
            ) from error


class Read(NamedTuple):
    """A checkpoint as read: whole lines only, `length` bytes of them."""

    head: Head
    done: dict[str, Entry]
    lost: Spend
    length: int


def peek(path: Path, digest: str) -> Read | None:
    """Return the checkpoint of an interrupted warm-up of the same questions. Changes nothing."""
    try:
        read = _read(path)
    except OSError:
        return None
    return read if read is not None and read.head.digest == digest else None


def _read(path: Path) -> Read | None:
    """Read a checkpoint; None where there is none, it came to its end, or it is no checkpoint."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    length = raw.rfind(b"\n") + 1
    lines = raw[:length].splitlines()
    done: dict[str, Entry] = {}
    lost: dict[str, Spend] = {}
    try:
        head = msgspec.json.decode(lines[0] if lines else b"", type=Head)
        for line in lines[1:]:
            entry = msgspec.json.decode(line, type=Entry | Begun | End)
            if isinstance(entry, End):
                return None
            if isinstance(entry, Begun):
                lost[entry.key] = entry.spend
            else:
                done[entry.key] = entry
                lost.pop(entry.key, None)
    except msgspec.DecodeError:
        return None
    return Read(head, done, total_of(lost.values()), length) if head.schema == SCHEMA else None
