"""A column of texts as one block of bytes and offsets: cheap to hold, read one at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt


class TextsBuilder:
    """Collects byte strings in the order of arrival."""

    def __init__(self) -> None:
        """Start empty."""
        self._data = bytearray()
        self._ends = array("q", [0])

    def append(self, value: bytes) -> None:
        """Add one."""
        self._data += value
        self._ends.append(len(self._data))

    def write(self, stem: Path, order: Sequence[int]) -> None:
        """Write the strings at `order` as STEM.bin and STEM.npy (offsets, int64, one more)."""
        data, ends = memoryview(self._data), self._ends
        offsets = array("q", [0])
        at = 0
        with stem.with_suffix(".bin").open("wb") as file:
            for index in order:
                start, end = ends[index], ends[index + 1]
                file.write(data[start:end])
                at += end - start
                offsets.append(at)
        np.save(stem.with_suffix(".npy"), np.frombuffer(offsets, dtype=np.int64))


class Texts(Sequence[str]):
    """Read-only sequence of texts over memory-mapped files; safe to share between threads."""

    def __init__(self, stem: Path) -> None:
        """Map STEM.bin and STEM.npy."""
        self.offsets = load(stem.with_suffix(".npy"))
        path = stem.with_suffix(".bin")
        empty = np.zeros(0, dtype=np.uint8)
        data = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else empty
        self.data = np.asarray(data).data
        self._at = self.offsets.data
        self._count = len(self.offsets) - 1

    def __len__(self) -> int:
        return self._count

    def raw(self, index: int) -> bytes:
        """Return one as bytes. Raises IndexError out of range, for negatives too."""
        if not 0 <= index < self._count:
            raise IndexError(f"row {index} of {self._count}")
        return bytes(self.data[self._at[index] : self._at[index + 1]])

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return self.raw(index).decode()

    def __iter__(self) -> Iterator[str]:
        ends = self.offsets.tolist()
        data = self.data
        return (str(data[start:end], "utf-8") for start, end in pairwise(ends))


def load(path: Path) -> npt.NDArray[np.int64]:
    """Map a .npy file read-only as a plain array (scalar access is slow on np.memmap)."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
