"""Wayfair's WANDS: queries, products and human labels (Exact, Partial, Irrelevant).

Reads the published files (github.com/wayfair/WANDS): query.csv, product.csv and label.csv, which
are separated by tabs in spite of their names.
"""

from __future__ import annotations

from pathlib import Path

from goeswith.engine.model import Product
from goeswith.eval.loaders.judged import JudgedSet, gathered
from goeswith.eval.loaders.rows import read_rows

FILES = ("query.csv", "product.csv", "label.csv")
ORIGIN = "Get it from github.com/wayfair/WANDS (the folder dataset)."
GRADES = {"exact": 2, "partial": 1, "irrelevant": 0}

_LONGEST = 200


def load_wands(folder: Path) -> JudgedSet:
    """Read WANDS. The type is the category path, or the class where a product has no path.

    Raises:
        EvalError: a file is absent or lacks a column.
    """
    queries = {
        row["query_id"]: row["query"]
        for row in read_rows(folder / "query.csv", ("query_id", "query"), "\t")
    }
    labels = read_rows(folder / "label.csv", ("query_id", "product_id", "label"), "\t")
    judged = gathered(
        (
            (row["query_id"], queries[row["query_id"]], row["product_id"], row["label"])
            for row in labels
            if row["query_id"] in queries
        ),
        GRADES,
        str(folder / "label.csv"),
    )
    return JudgedSet(tuple(_products(folder / "product.csv")), judged)


def _products(path: Path) -> list[Product]:
    columns = ("product_id", "product_name", "product_class", "category hierarchy")
    return [
        Product(
            sku=row["product_id"],
            title=row["product_name"],
            product_type=_path(row["category hierarchy"] or row["product_class"].split("|")[0]),
            attributes=_features(row.get("product_features", "")),
        )
        for row in read_rows(path, columns, "\t")
        if row["product_id"] and row["product_name"]
    ]


def _path(text: str) -> tuple[str, ...]:
    return tuple(level.strip() for level in text.split(" / ") if level.strip())


def _features(text: str) -> dict[str, str]:
    """Return "name : value|name : value" as attributes; repeated names are joined by "|"."""
    found: dict[str, list[str]] = {}
    for part in text.split("|"):
        name, mark, value = part.partition(":")
        key = "".join(c if c.isalnum() else "_" for c in name.strip().casefold()).strip("_")
        if mark and key and 0 < len(value.strip()) < _LONGEST:
            own = found.setdefault(key, [])
            if value.strip() not in own:
                own.append(value.strip())
    return {key: "|".join(values) for key, values in found.items()}
