"""Amazon's Shopping Queries data set (ESCI): Exact, Substitute, Complement, Irrelevant.

Reads the published files (github.com/amazon-science/esci-data):
shopping_queries_dataset_examples.parquet and shopping_queries_dataset_products.parquet; or one CSV
that has the columns of both. Labels are written as letters or as words.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.model import Product
from goeswith.eval.errors import EvalError
from goeswith.eval.loaders.judged import Judged, JudgedSet, gathered

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = "shopping_queries_dataset_examples.parquet"
PRODUCTS = "shopping_queries_dataset_products.parquet"
ORIGIN = "Get it from github.com/amazon-science/esci-data (shopping_queries_dataset)."

GRADES = {
    "e": 3,
    "exact": 3,
    "s": 2,
    "substitute": 2,
    "c": 1,
    "complement": 1,
    "i": 0,
    "irrelevant": 0,
}
_EXAMPLE = ("query_id", "query", "product_id", "product_locale", "esci_label")
_PRODUCT = ("product_id", "product_locale", "product_title", "product_brand", "product_color")


def load_esci(folder: Path, locale: str = "us", joined: str = "") -> JudgedSet:
    """Read a locale of ESCI. Products have no type: the data set has none.

    Args:
        folder: holds the files.
        locale: us, es or jp.
        joined: name of a CSV with the columns of both files, read instead of them.

    Raises:
        EvalError: a file is absent, lacks a column, or holds nothing of the locale.
    """
    if joined:
        both = _table(folder / joined, (*_EXAMPLE, *_PRODUCT))
        examples = products = both.filter(both["product_locale"] == locale)
    else:
        examples, products = (
            frame.filter(frame["product_locale"] == locale)
            for frame in (
                _table(folder / EXAMPLES, _EXAMPLE),
                _table(folder / PRODUCTS, _PRODUCT),
            )
        )
        products = products.join(examples.select("product_id"), on="product_id", how="semi")
    if not len(examples):
        raise EvalError(f"{folder} holds no ESCI judgments of the locale {locale!r}.")
    wanted = examples.select("query_id", "query", "product_id", "esci_label")
    return JudgedSet(_products(products), _judged(wanted.iter_rows(), str(folder)))


def _judged(rows: Iterable[tuple[object, ...]], where: str) -> tuple[Judged, ...]:
    text = (tuple(str(value) for value in row) for row in rows)
    return gathered(((n, q, sku, label) for n, q, sku, label in text), GRADES, where)


def _products(frame: pl.DataFrame) -> tuple[Product, ...]:
    columns = ("product_id", "product_title", "product_brand", "product_color")
    found = {}
    for sku, title, brand, color in frame.select(columns).iter_rows():
        if title:
            attributes = {"color": str(color)} if color else {}
            found[str(sku)] = Product(str(sku), str(title), str(brand or ""), (), attributes)
    return tuple(found[sku] for sku in sorted(found))


def _table(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise EvalError(f"{path} cannot be read: {error}. {ORIGIN}") from error
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise EvalError(f"{path} has no column {', '.join(absent)}. {ORIGIN}")
    return frame
