"""Gifts whose demand turns with the season: the same questions at several cuts of the year."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from goeswith.engine.index.indexing import Progress
from goeswith.engine.model import Product
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.loaders.giftware import FILES, ORIGIN, load_gifts, load_lines
from goeswith.eval.model import Prepared
from goeswith.eval.shelf import write_products
from goeswith.eval.shophome import Source
from goeswith.eval.split import Columns
from goeswith.eval.suites.goes_with import load_spec, prepare

DATA = "giftware"
COLUMNS = Columns(basket="basket_id", time="time")


class GiftwareSuite:
    """A "what goes with X" suite over gifts.

    Args:
        name: of the suite.
        learn_share: share of the weeks to learn from; the declaration's own when None.
    """

    def __init__(self, name: str = DATA, learn_share: float | None = None) -> None:
        spec = load_spec("giftware.toml")
        if learn_share is not None:
            split = msgspec.structs.replace(spec.split, learn_share=learn_share)
            spec = msgspec.structs.replace(spec, split=split)
        self._spec = spec
        self.name = name
        self.about = spec.about

    def prepare(
        self,
        work: Path,
        settings: Settings,
        *,
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Prepared:
        """Make the suite ready. See `Suite.prepare`."""
        folder = data_folder(DATA, FILES, ORIGIN)
        work.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=work) as scratch:
            source = gift_source(folder, Path(scratch))
            return prepare(
                source,
                self._spec,
                work,
                settings,
                questions=questions,
                seed=seed,
                progress=progress,
            )


def gift_source(folder: Path, scratch: Path) -> Source:
    """Write the shop's files as the feed "plain" and the field map "plain" read them."""
    catalog = scratch / "catalog.jsonl"
    gifts, baskets = gift_shop(folder, scratch)
    write_products(gifts, catalog)
    return Source(DATA, catalog, baskets, COLUMNS, "plain", "plain")


def gift_shop(folder: Path, scratch: Path) -> tuple[list[Product], Path]:
    """Return the products, and the file of baskets that is written under `scratch`."""
    import polars as pl

    baskets = scratch / "baskets.parquet"
    gifts = load_gifts(folder, _looks())
    known = {gift.sku for gift in gifts}
    lines = [line for line in load_lines(folder) if line[1] in known]
    frame = pl.DataFrame(lines, schema=["basket_id", "sku", "time"], orient="row")
    frame.with_columns(pl.col("time").str.to_datetime("%Y-%m-%d")).write_parquet(baskets)
    return gifts, baskets


def _looks() -> frozenset[str]:
    raw = resources.files("goeswith.eval.suites").joinpath("giftware-looks.toml").read_bytes()
    return frozenset(msgspec.toml.decode(raw, type=dict[str, list[str]])["looks"])
