"""lensfun: cameras and lenses with their mounts, and the mounts that a mount accepts."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import msgspec

from goeswith.eval.loaders.rows import read_rows

FILES = ("lensfun_cameras.csv", "lensfun_lenses.csv", "lensfun_mount_compat.csv")
ORIGIN = "Make them from the XML files of github.com/lensfun/lensfun (data/db)."


class Body(msgspec.Struct, frozen=True):
    """A camera or a lens. A lens may be made for several mounts."""

    name: str
    maker: str
    mounts: tuple[str, ...]


class Mounts(msgspec.Struct, frozen=True):
    """Cameras that take other lenses, lenses, and mount to the further mounts it accepts."""

    cameras: tuple[Body, ...]
    lenses: tuple[Body, ...]
    accepts: dict[str, frozenset[str]]

    def fits(self, camera: Body, lens: Body) -> bool:
        """Tell whether lensfun lets the lens be used on the camera."""
        mount = camera.mounts[0]
        return not {mount, *self.accepts.get(mount, ())}.isdisjoint(lens.mounts)

    def same(self, camera: Body, lens: Body) -> bool:
        """Tell whether the lens is made for the camera's very mount."""
        return camera.mounts[0] in lens.mounts


def load_lensfun(folder: Path) -> Mounts:
    """Read cameras and lenses.

    Cameras with a fixed lens are left out: lensfun writes their mounts with a small first letter.

    Raises:
        EvalError: a file is absent or lacks a column.
    """
    accepts: defaultdict[str, set[str]] = defaultdict(set)
    for row in read_rows(folder / FILES[2], ("mount", "accepts_mount")):
        accepts[row["mount"]].add(row["accepts_mount"])
    columns = ("maker", "model", "mount")
    cameras = _bodies(folder / FILES[0], columns)
    lenses = _bodies(folder / FILES[1], columns)
    return Mounts(
        tuple(b for b in cameras if not b.mounts[0][:1].islower()),
        tuple(b for b in lenses if not b.mounts[0][:1].islower()),
        {mount: frozenset(taken) for mount, taken in accepts.items()},
    )


def _bodies(path: Path, columns: tuple[str, ...]) -> list[Body]:
    mounts: dict[tuple[str, str], list[str]] = {}
    for row in read_rows(path, columns):
        own = mounts.setdefault((row["model"], row["maker"]), [])
        if row["mount"] and row["mount"] not in own:
            own.append(row["mount"])
    return [Body(name, maker, tuple(own)) for (name, maker), own in mounts.items() if own]
