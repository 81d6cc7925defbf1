"""The stored form of behaviour: arrays in a folder, mapped into memory, and its public face.

Only aggregates are stored: no ids of people, baskets or sessions, and no times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from goeswith.engine.behaviour.level import Level, LevelArrays, LevelFacts
from goeswith.engine.behaviour.null import Null
from goeswith.engine.behaviour.rules import Rules
from goeswith.engine.errors import (
    HomeDamagedError,
    HomeMissingError,
    HomeSchemaError,
    HomeWriteError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from goeswith.engine.behaviour.pairs import PairCounts, Pairs

SCHEMA = 1
_META = "meta.json"
LEVELS = ("types", "skus", "types_views", "skus_views")
_ROWS = ("starts", "ids", "support", "expected", "z", "low", "significant", "popularity")
_NULL = ("x", "y", "shares")
_Scalar = TypeVar("_Scalar", bound=np.generic)


class _LevelMeta(msgspec.Struct, frozen=True):
    facts: LevelFacts
    items: int
    entries: int
    sizes: int
    fades: bool


class _Meta(msgspec.Struct, frozen=True):
    schema: int
    digest: str
    days: int
    rules: Rules
    levels: dict[str, _LevelMeta]


@dataclass(frozen=True)
class Written:
    """What `write` stores."""

    levels: Mapping[str, Level]
    rules: Rules
    days: int
    digest: str


def write(out: Path, content: Written) -> None:
    """Write into a folder that is empty or does not exist. The meta file comes last.

    Raises:
        HomeWriteError: if the folder is not empty or cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise HomeWriteError(f"{out} is not empty. Give an empty folder for the behaviour.")
        metas = {name: _write_level(out, name, level) for name, level in content.levels.items()}
        meta = _Meta(SCHEMA, content.digest, content.days, content.rules, metas)
        (out / _META).write_bytes(msgspec.json.format(msgspec.json.encode(meta), indent=1))
    except OSError as error:
        raise HomeWriteError(
            f"The behaviour cannot be written to {out}: {error.strerror or error}. "
            "Check the space and the rights of the folder."
        ) from error


def _write_level(out: Path, name: str, level: Level) -> _LevelMeta:
    def save(part: str, array: NDArray[np.generic]) -> None:
        np.save(out / f"{name}.{part}.npy", array, allow_pickle=False)

    for part in _ROWS:
        save(part, getattr(level.arrays, part))
    for part in _NULL:
        save(f"null_{part}", getattr(level.null, part))
    if level.faded is not None and level.arrays.weight is not None:
        save("weight", level.arrays.weight)
        for part in _NULL:
            save(f"faded_{part}", getattr(level.faded, part))
    return _LevelMeta(
        facts=level.facts,
        items=len(level.popularity),
        entries=len(level.arrays.ids),
        sizes=len(level.null.y),
        fades=level.faded is not None,
    )


@dataclass(frozen=True)
class Behaviour:
    """Pair evidence of a shop: what is bought together, and what is looked at together.

    `types` and `skus` hold baskets, `type_views` and `sku_views` sessions (empty where the data
    has none). Ids are type ids and catalog rows. `days` is what the baskets span, `digest` names
    the evidence: equal digests, equal evidence.
    """

    types: Level
    skus: Level
    type_views: Level
    sku_views: Level
    days: int
    digest: str

    @classmethod
    def open(cls, folder: Path) -> Behaviour:
        """Map a folder written by `mine`. Reads the small file only; pages come as needed.

        Raises:
            HomeMissingError: if there is no behaviour in the folder.
            HomeSchemaError: if another version wrote it.
            HomeDamagedError: if a file is missing or does not fit the others.
        """
        path = Path(folder)
        again = "Run the index again with the behaviour files."
        try:
            raw = (path / _META).read_bytes()
        except FileNotFoundError as error:
            raise HomeMissingError(f"There is no behaviour in {path}. {again}") from error
        except OSError as error:
            raise HomeDamagedError(f"{path / _META} cannot be read: {error}. {again}") from error
        try:
            schema = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])["schema"]
            if msgspec.json.decode(schema) != SCHEMA:
                raise HomeSchemaError(f"{path} was written by another version. {again}")
            meta = msgspec.json.decode(raw, type=_Meta)
            types, skus, type_views, sku_views = (_open_level(path, n, meta) for n in LEVELS)
        except (KeyError, ValueError, OSError, EOFError) as error:
            raise HomeDamagedError(
                f"The behaviour in {path} is damaged: {error}. {again}"
            ) from error
        return cls(types, skus, type_views, sku_views, days=meta.days, digest=meta.digest)

    @classmethod
    def empty(cls, n_rows: int = 0, n_types: int = 0) -> Behaviour:
        """Return the behaviour of a shop that has none: every pair is unknown."""
        types, skus = _empty_level(n_types), _empty_level(n_rows)
        return cls(types, skus, types, skus, days=0, digest="")

    @property
    def baskets(self) -> int:
        """Number of baskets."""
        return self.skus.baskets

    @property
    def popularity(self) -> NDArray[np.int64]:
        """Baskets of each catalog row."""
        return self.skus.popularity

    @property
    def type_popularity(self) -> NDArray[np.int64]:
        """Baskets of each type."""
        return self.types.popularity

    def type_neighbours(self, type_id: int) -> Pairs:
        """Return the types bought with a type, highest z first."""
        return self.types.neighbours(type_id)

    def sku_neighbours(self, row: int) -> Pairs:
        """Return the catalog rows bought with a row, highest z first."""
        return self.skus.neighbours(row)

    def type_pair(self, a: int, b: int) -> PairCounts:
        """Return what baskets say about two types."""
        return self.types.pair(a, b)

    def sku_pair(self, a: int, b: int) -> PairCounts:
        """Return what baskets say about two catalog rows."""
        return self.skus.pair(a, b)

    def type_neighbours_of_set(self, type_ids: Sequence[int]) -> Pairs:
        """Return the types bought with several types together, the set itself left out."""
        return self.types.neighbours_of_set(type_ids)


def _open_level(path: Path, name: str, meta: _Meta) -> Level:
    found = meta.levels[name]
    read = partial(_read, path, name)
    size, length = found.items, found.entries
    arrays = LevelArrays(
        starts=read("starts", np.int64, size + 1),
        ids=read("ids", np.int32, length),
        support=read("support", np.int32, length),
        expected=read("expected", np.float32, length),
        z=read("z", np.float32, length),
        low=read("low", np.float32, length),
        significant=read("significant", np.bool_, length),
        popularity=read("popularity", np.int64, size),
        weight=read("weight", np.float32, length) if found.fades else None,
    )
    if arrays.starts[0] != 0 or arrays.starts[-1] != length:
        raise ValueError(f"{name}.starts.npy does not fit")

    def null(kind: str) -> Null:
        return Null(
            x=read(f"{kind}_x", np.float64, size),
            y=read(f"{kind}_y", np.float64, found.sizes),
            shares=read(f"{kind}_shares", np.float64, found.sizes),
        )

    faded = null("faded") if found.fades else None
    return Level(found.facts, meta.rules, arrays, null("null"), faded)


def _read(path: Path, name: str, part: str, dtype: type[_Scalar], length: int) -> NDArray[_Scalar]:
    file = path / f"{name}.{part}.npy"
    array = np.load(file, mmap_mode="r" if length else None, allow_pickle=False)
    if array.dtype != dtype or array.shape != (length,):
        raise ValueError(f"{file.name} does not fit")
    return np.asarray(array)


def _empty_level(items: int) -> Level:
    single = np.zeros(0, dtype=np.float32)
    arrays = LevelArrays(
        starts=np.zeros(items + 1, dtype=np.int64),
        ids=np.zeros(0, dtype=np.int32),
        support=np.zeros(0, dtype=np.int32),
        expected=single,
        z=single,
        low=single,
        significant=np.zeros(0, dtype=np.bool_),
        popularity=np.zeros(items, dtype=np.int64),
    )
    none = np.zeros(0)
    return Level(LevelFacts(), Rules(), arrays, Null(np.zeros(items), none, none))
