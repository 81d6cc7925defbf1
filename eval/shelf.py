"""A shop that is indexed as a whole, once, and kept for the next run.

WORK/NAME-DIGEST/home/       the index
WORK/NAME-DIGEST/made.json   written last; a folder without it is made again

The digest stands for the files and for the code that decides what an index holds.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import Progress, index
from goeswith.engine.model import Product, type_name
from goeswith.engine.settings import Settings
from goeswith.eval.errors import EvalError
from goeswith.eval.shophome import WRITES_INDEX, forget_old
from goeswith.eval.sources import digest_of_sources

_MADE = "made.json"


class Shelf(msgspec.Struct, frozen=True):
    """A shop's files. `feed` and `field_map` say how to read them; found by columns when None."""

    name: str
    catalog: tuple[Path, ...]
    baskets: tuple[Path, ...] = ()
    feed: str | Path | None = None
    field_map: str | Path | None = None


def indexed(shelf: Shelf, work: Path, settings: Settings, progress: Progress) -> Path:
    """Return a home folder with the shop's index, from the folder `work` when it is there.

    Raises:
        EvalError: the folder cannot be written.
        GoeswithError: the files cannot be indexed.
    """
    from filelock import FileLock

    folder = work / f"{shelf.name}-{_digest(shelf, settings)}"
    try:
        work.mkdir(parents=True, exist_ok=True)
        with FileLock(work / f"{shelf.name}.lock"):
            if not (folder / _MADE).is_file():
                shutil.rmtree(folder, ignore_errors=True)
                forget_old(shelf.name, work)
                folder.mkdir()
                _index(shelf, folder / "home", settings, progress)
                (folder / _MADE).write_bytes(b"{}")
    except OSError as error:
        raise EvalError(
            f"{work} cannot be written: {error.strerror or error}. Give another --work."
        ) from error
    return folder / "home"


def indexed_products(
    name: str,
    products: Iterable[Product],
    baskets: Mapping[str, Sequence[str]],
    work: Path,
    settings: Settings,
    progress: Progress,
) -> Path:
    """Return a home folder with the index of products and baskets that are in memory."""
    work.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=work) as scratch:
        catalog, lines = Path(scratch, "catalog.jsonl"), Path(scratch, "baskets.csv")
        write_products(products, catalog)
        write_baskets(baskets, lines)
        shelf = Shelf(name, (catalog,), (lines,) if baskets else (), "plain", "plain")
        return indexed(shelf, work, settings, progress)


def write_products(products: Iterable[Product], path: Path) -> None:
    """Write a catalog that the feed "plain" reads."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        for product in products:
            row: dict[str, object] = {
                "sku": product.sku,
                "title": product.title,
                "brand": product.brand,
                "product_type": type_name(product.product_type),
                "attributes": product.attributes,
            }
            file.write(encode(row) + b"\n")


def write_baskets(baskets: Mapping[str, Sequence[str]], path: Path) -> None:
    """Write baskets that the field map "plain" reads, without times."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["basket_id", "sku"])
        writer.writerows((name, sku) for name, skus in baskets.items() for sku in skus)


def _index(shelf: Shelf, home: Path, settings: Settings, progress: Progress) -> None:
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    index(
        Home(home),
        shelf.catalog,
        shelf.baskets,
        feed=shelf.feed,
        field_map=shelf.field_map,
        embedder=load_embedder(settings.retrieval.embedder),
        pack=load_pack(),
        progress=progress,
    )


def _digest(shelf: Shelf, settings: Settings) -> str:
    parts = hashlib.blake2b(digest_size=8)
    maps = [_content(given) for given in (shelf.feed, shelf.field_map)]
    parts.update(msgspec.json.encode((shelf.name, settings.retrieval, maps)))
    for file in (*shelf.catalog, *shelf.baskets):
        parts.update(hashlib.blake2b(file.read_bytes()).digest())
    parts.update(digest_of_sources(*(f"engine/{name}" for name in WRITES_INDEX)).encode())
    return parts.hexdigest()


def _content(given: str | Path | None) -> str:
    return given.read_text(encoding="utf-8") if isinstance(given, Path) else given or ""
