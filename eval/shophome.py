"""Homes and later baskets of a time-split shop, made once and kept for the next run.

WORK/NAME-DIGEST/home/         an index of the catalog and the learning baskets
WORK/NAME-DIGEST/later/        pair evidence mined from the later baskets, on the same types
WORK/NAME-DIGEST/split.json    written last; a folder without it is made again
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import Progress, index
from goeswith.engine.settings import Settings
from goeswith.eval.errors import EvalError
from goeswith.eval.sources import digest_of_sources
from goeswith.eval.split import Columns, cut_at, split

KEEP = 3
"""Folders kept of one source: another split, and the one before the engine was changed."""

WRITES_INDEX = (
    "behaviour",
    "catalog",
    "index",
    "meaning",
    "pack",
    "retrieval",
)
"""Parts of the engine that decide what an index holds. When one changes, homes are made again."""


class Source(msgspec.Struct, frozen=True):
    """A shop's files. `feed` and `field_map` say how to read them; found by columns when None."""

    name: str
    catalog: Path
    baskets: Path
    columns: Columns
    feed: str | None = None
    field_map: str | None = None


class SplitShop(msgspec.Struct, frozen=True):
    """A shop split by time. Sizes are in baskets."""

    folder: Path
    cut: datetime
    learn: int
    later: int

    @property
    def home(self) -> Path:
        """The home folder that knows the learning part only."""
        return self.folder / "home"

    @property
    def later_behaviour(self) -> Path:
        """The mined later part."""
        return self.folder / "later"


class _Record(msgspec.Struct, frozen=True):
    cut: datetime
    learn: int
    later: int


def split_shop(
    source: Source, learn_share: float, work: Path, settings: Settings, progress: Progress
) -> SplitShop:
    """Return the shop split by time, from the folder `work` when it was made there before.

    Raises:
        EvalError: the baskets cannot be split, or the split leaks.
        GoeswithError: the catalog or the baskets cannot be indexed.
    """
    from filelock import FileLock

    folder = work / f"{source.name}-{_digest(source, learn_share, settings)}"
    record = folder / "split.json"
    try:
        work.mkdir(parents=True, exist_ok=True)
        with FileLock(work / f"{source.name}.lock"):
            if not record.is_file():
                shutil.rmtree(folder, ignore_errors=True)
                forget_old(source.name, work)
                folder.mkdir()
                made = _make(source, learn_share, folder, settings, progress)
                record.write_bytes(msgspec.json.encode(made))
    except OSError as error:
        raise EvalError(
            f"{work} cannot be written: {error.strerror or error}. Give another --work."
        ) from error
    known = msgspec.json.decode(record.read_bytes(), type=_Record)
    return SplitShop(folder, known.cut, known.learn, known.later)


def forget_old(name: str, work: Path) -> None:
    """Remove all but the newest folders of a source, to make room for one more."""
    own = re.compile(re.escape(name) + r"-[0-9a-f]{16}")
    found = [path for path in work.iterdir() if own.fullmatch(path.name)]
    for path in sorted(found, key=lambda path: path.stat().st_mtime)[: 1 - KEEP]:
        shutil.rmtree(path, ignore_errors=True)


def _make(
    source: Source, learn_share: float, folder: Path, settings: Settings, progress: Progress
) -> _Record:
    import polars as pl

    baskets = pl.read_parquet(source.baskets)
    cut = cut_at(baskets, source.columns, learn_share)
    learn, later = split(baskets, source.columns, cut)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        parts = {"learn": Path(scratch, "learn.parquet"), "later": Path(scratch, "later.parquet")}
        learn.write_parquet(parts["learn"])
        later.write_parquet(parts["later"])
        _index(source, parts["learn"], folder / "home", settings, progress)
        _mine_later(source, parts["later"], folder, progress)
    count = source.columns.basket
    return _Record(cut, learn[count].n_unique(), later[count].n_unique())


def _index(
    source: Source, baskets: Path, home: Path, settings: Settings, progress: Progress
) -> None:
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    index(
        Home(home),
        [source.catalog],
        [baskets],
        feed=source.feed,
        field_map=source.field_map,
        embedder=load_embedder(settings.retrieval.embedder),
        pack=load_pack(),
        progress=progress,
    )


def _mine_later(source: Source, baskets: Path, folder: Path, progress: Progress) -> None:
    from goeswith.engine.behaviour import mine
    from goeswith.engine.catalog import Snapshot

    snapshot = Snapshot.open(Home(folder / "home").current().folder / "catalog")
    progress("later baskets", 0, 1)
    mine(
        [baskets],
        folder / "later",
        skus=list(snapshot.skus()),
        type_of=snapshot.type_of,
        n_types=len(snapshot.types),
        field_map=source.field_map,
    )
    progress("later baskets", 1, 1)


def _digest(source: Source, learn_share: float, settings: Settings) -> str:
    """Stand for everything that decides what the folder holds."""
    parts = hashlib.blake2b(digest_size=8)
    parts.update(msgspec.json.encode((source.name, source.columns, source.feed, source.field_map)))
    parts.update(msgspec.json.encode((learn_share, settings.retrieval)))
    for file in (source.catalog, source.baskets):
        parts.update(hashlib.blake2b(file.read_bytes()).digest())
    parts.update(digest_of_sources(*(f"engine/{name}" for name in WRITES_INDEX)).encode())
    parts.update(digest_of_sources("eval/split.py").encode())
    return parts.hexdigest()
