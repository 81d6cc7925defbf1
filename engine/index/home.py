"""The home folder: numbered generations of the index, of which one is current.

A generation is built beside the others and becomes current by one atomic rename of a small file, so
an index that failed half-way is never seen and the previous one stays usable.

    HOME/CURRENT              name of the current generation
    HOME/generations/000001/  catalog/ behaviour/ retrieval/ grounding.json manifest.json
    HOME/rejects.jsonl        rows that the last index run left out, with reasons
    HOME/cache/               answers
    HOME/index.lock           held while an index is built
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError

import msgspec

from goeswith.engine.errors import (
    HomeDamagedError,
    HomeMissingError,
    HomeSchemaError,
    HomeWriteError,
)

SCHEMA = 1
KEEP = 2
"""Generations kept: the current one and the one a running process may still read."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None)
"""numpy raises an error without a number when the disk takes only part of an array."""

_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)

_DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    SyntaxError,
    TokenError,
    msgspec.MsgspecError,
)
"""What readers raise on bytes that were not written by us; numpy tokenizes an array's head."""


class Manifest(msgspec.Struct, frozen=True):
    """What a generation holds. Written last; a generation without one is not there.

    `reading` is the version by which the curated knowledge was read into it, "" before there was
    such a version.
    """

    schema: int
    generation: int
    digest: str
    products: int
    types: int
    brands: tuple[str, ...]
    baskets: int
    behaviour_days: int
    embedder: str
    pack: str
    files: dict[str, int]
    reading: str = ""


class Generation(msgspec.Struct, frozen=True):
    """One complete generation on disk."""

    folder: Path
    manifest: Manifest

    @property
    def version(self) -> str:
        """The catalog version told in answers: generation number and content digest."""
        return f"{self.manifest.generation}-{self.manifest.digest[:12]}"


class Home:
    """Reads and swaps generations in one home folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._generations = folder / "generations"
        self._pointer = folder / "CURRENT"

    @property
    def cache(self) -> Path:
        """Where the offline cache lives."""
        return self.folder / "cache"

    def mark(self) -> tuple[int, int] | None:
        """Return what changes whenever another generation becomes current. Reads no file."""
        try:
            found = self._pointer.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def current(self) -> Generation:
        """Return the current generation.

        Raises:
            HomeMissingError: nothing was indexed here.
            HomeSchemaError: it was written by another version.
            HomeDamagedError: a file is missing or has another size than when it was written.
        """
        name = self._current_name()
        if name is None:
            raise HomeMissingError(
                f"There is no index in {self.folder}. "
                "Make one with: goeswith index CATALOG --behaviour BASKETS"
            )
        folder = self._generations / name
        manifest = _read_manifest(folder)
        for file, size in manifest.files.items():
            path = folder / file
            if not path.is_file() or path.stat().st_size != size:
                raise HomeDamagedError(
                    f"The index in {folder} is damaged ({file}). Build it again: goeswith index."
                )
        return Generation(folder, manifest)

    @property
    def rejects(self) -> Path:
        """Where an index run lists the rows it leaves out. It outlives a run that fails."""
        return self.folder / "rejects.jsonl"

    @contextmanager
    def building(self) -> Iterator[tuple[Path, int]]:
        """Give an empty folder for the next generation and its number; clean up if it fails.

        Raises:
            HomeWriteError: the home cannot be written, or another index is being built.
        """
        from filelock import FileLock, Timeout

        with _told(self.folder):
            self._generations.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / "index.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                raise HomeWriteError(
                    f"Another index is being built in {self.folder}. Wait, or use another --home."
                ) from None
        try:
            number = max((int(p.name) for p in self._complete()), default=0) + 1
            folder = self._generations / f"building-{number:06d}"
            with _told(self.folder):
                self._sweep()
                folder.mkdir()
                try:
                    yield folder, number
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
        finally:
            lock.release()

    def commit(self, building: Path, manifest: Manifest) -> Generation:
        """Write the manifest, make the folder the current generation, drop old ones."""
        with _told(self.folder):
            files = {
                str(path.relative_to(building)): path.stat().st_size
                for path in sorted(building.rglob("*"))
                if path.is_file()
            }
            manifest = msgspec.structs.replace(manifest, files=files)
            _write_durably(building / "manifest.json", msgspec.json.encode(manifest))
            folder = self._generations / f"{manifest.generation:06d}"
            building.rename(folder)
            fresh = self._pointer.with_suffix(".new")
            _write_durably(fresh, folder.name.encode())
            fresh.replace(self._pointer)
            for old in self._complete()[:-KEEP]:
                shutil.rmtree(old, ignore_errors=True)
        return Generation(folder, manifest)

    def _current_name(self) -> str | None:
        try:
            name = self._pointer.read_text().strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise HomeDamagedError(
                f"Cannot read {self._pointer}: {error}. Index again with goeswith index."
            ) from None
        if not name.isdecimal():
            raise HomeDamagedError(f"{self._pointer} does not name a generation. Index again.")
        return name

    def _complete(self) -> list[Path]:
        if not self._generations.is_dir():
            return []
        return sorted(p for p in self._generations.iterdir() if p.name.isdecimal())

    def _sweep(self) -> None:
        for left in self._generations.glob("building-*"):
            shutil.rmtree(left, ignore_errors=True)


def _read_manifest(folder: Path) -> Manifest:
    try:
        raw = folder.joinpath("manifest.json").read_bytes()
        schema = msgspec.json.decode(raw).get("schema")
        if schema != SCHEMA:
            raise HomeSchemaError(
                f"The index in {folder} has schema {schema}, this version reads {SCHEMA}. "
                "Build it again with goeswith index."
            )
        return msgspec.json.decode(raw, type=Manifest)
    except (OSError, msgspec.DecodeError, AttributeError):
        raise HomeDamagedError(
            f"The index in {folder} is incomplete. Build it again with goeswith index."
        ) from None


def _write_durably(path: Path, payload: bytes) -> None:
    with path.open("wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn what a damaged file does to its reader into words.

    Raises:
        HomeDamagedError: a file of the index does not hold what was written.
    """
    try:
        yield
    except _DAMAGE as error:
        raise HomeDamagedError(
            f"The index in {folder} is damaged ({type(error).__name__}: {error}). "
            "Build it again: goeswith index."
        ) from error


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn an operating system's refusal to write into words that say what to do."""
    try:
        yield
    except HomeWriteError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        raise _unwritable(folder, error.__cause__) from None
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> HomeWriteError:
    if error.errno in _FULL:
        why = "the disk is full. Free some space"
    elif error.errno in _READ_ONLY:
        why = "it is read-only. Give a writable folder with --home"
    else:
        why = f"{error.strerror}. Give another folder with --home"
    return HomeWriteError(f"Cannot write to {folder}: {why}. What was indexed before is untouched.")
