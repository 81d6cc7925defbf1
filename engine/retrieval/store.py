"""Arrays and a manifest in a folder. No pickles; arrays open as read-only memory maps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from goeswith.engine.errors import (
    HomeDamagedError,
    HomeMissingError,
    HomeSchemaError,
    HomeWriteError,
)

SCHEMA = 1
MANIFEST = "meta.json"
_T = TypeVar("_T", bound=np.generic)


class Manifest(msgspec.Struct, frozen=True):
    """What the folder holds. `files` maps a file's name to its size in bytes."""

    schema: int
    embedder: str
    dim: int
    rows: int
    distinct_texts: int
    types: int
    dense: str
    nprobe: int
    recall_at_10: float
    files: dict[str, int]


class Folder:
    """Reads and writes the arrays of one index folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the folder; raises HomeWriteError if it is not empty or cannot be made."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            occupied = any(self.path.iterdir())
        except OSError as error:
            raise HomeWriteError(f"Cannot create the index folder {self.path}: {error}.") from error
        if occupied:
            raise HomeWriteError(f"The index folder {self.path} is not empty: give a new one.")

    def put(self, name: str, array: NDArray[Any]) -> None:
        """Write one array as `name.npy`."""
        try:
            np.save(self.path / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        except OSError as error:
            raise HomeWriteError(f"Cannot write {name} to {self.path}: {error}.") from error

    def get(self, name: str, kind: type[_T]) -> NDArray[_T]:
        """Open one array as a read-only memory map; raises HomeDamagedError if it does not fit."""
        file = self.path / f"{name}.npy"
        try:
            # A memory map of an empty array is not possible.
            empty = np.load(file, mmap_mode=None, allow_pickle=False) if _is_tiny(file) else None
            array = empty if empty is not None else np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged(self.path, f"{name} cannot be read ({error})") from error
        if array.dtype != np.dtype(kind):
            raise _damaged(self.path, f"{name} holds {array.dtype}")
        # A plain view is much faster to index than the memmap subclass.
        return np.asarray(array)

    def seal(self, manifest: Manifest) -> Manifest:
        """Write the manifest last, with the size of every file; return it."""
        try:
            sizes = {p.name: p.stat().st_size for p in sorted(self.path.iterdir())}
            sealed = msgspec.structs.replace(manifest, files=sizes)
            (self.path / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(sealed)))
        except OSError as error:
            raise HomeWriteError(f"Cannot write to {self.path}: {error}.") from error
        return sealed

    def manifest(self) -> Manifest:
        """Read and check the manifest.

        Raises HomeMissingError (no index here), HomeSchemaError (other version) or HomeDamagedError
        (unreadable, or a file is missing or has another size).
        """
        try:
            raw = (self.path / MANIFEST).read_bytes()
        except FileNotFoundError as error:
            raise HomeMissingError(
                f"There is no retrieval index in {self.path}: run goeswith index."
            ) from error
        except OSError as error:
            raise _damaged(self.path, str(error)) from error
        try:
            schema = msgspec.json.decode(raw, type=_Schema).schema
            if schema != SCHEMA:
                raise HomeSchemaError(
                    f"The retrieval index in {self.path} has schema {schema}, this version reads "
                    f"{SCHEMA}: run goeswith index again."
                )
            manifest = msgspec.json.decode(raw, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _damaged(self.path, str(error)) from error
        for name, size in manifest.files.items():
            file = self.path / Path(name).name
            if not file.is_file() or file.stat().st_size != size:
                raise _damaged(self.path, f"{name} is missing or has another size")
        return manifest


class _Schema(msgspec.Struct):
    schema: int


def key_hash(key: str) -> int:
    """Return a 64-bit hash of a string that is the same in every process (BLAKE2b)."""
    data = key.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def key_hashes(keys: Iterable[str]) -> NDArray[np.uint64]:
    """Return the hashes of many strings."""
    return np.fromiter((key_hash(k) for k in keys), np.uint64)


def _is_tiny(file: Path) -> bool:
    return file.stat().st_size <= 4096


def _damaged(path: Path, what: str) -> HomeDamagedError:
    return HomeDamagedError(
        f"The retrieval index in {path} is damaged: {what}. Run goeswith index again."
    )
