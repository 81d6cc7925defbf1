"""Phones and their accessories, and the questions of a query log with how often each was asked."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TypeVar

import msgspec

from goeswith.engine.model import Product
from goeswith.eval.errors import EvalError

PRODUCTS = "products.json.gz"
QUERIES = "bestbuy_query_popularity.json.gz"
ORIGIN_PRODUCTS = "They are the phones of github.com/algolia/datasets (ecommerce)."
ORIGIN_QUERIES = "They are the query suggestions of github.com/algolia/datasets (ecommerce)."


T = TypeVar("T")


class _Phone(msgspec.Struct, frozen=True):
    name: str
    brand: str = ""
    categories: tuple[str, ...] = ()


class _Query(msgspec.Struct, frozen=True):
    query: str
    popularity: float


def load_phones(folder: Path) -> list[Product]:
    """Return the products, numbered in the order of the file.

    Raises:
        EvalError: the file is absent or not as expected.
    """
    rows = _read(folder / PRODUCTS, list[_Phone])
    return [
        Product(str(number), row.name, row.brand, tuple(row.categories))
        for number, row in enumerate(rows)
    ]


def load_queries(folder: Path) -> dict[str, float]:
    """Return each question with how often it was asked, the most asked first, ties by text.

    Raises:
        EvalError: the file is absent or not as expected.
    """
    counted = {row.query: row.popularity for row in _read(folder / QUERIES, list[_Query])}
    order = sorted(counted, key=lambda query: (-counted[query], query))
    return {query: counted[query] for query in order}


def _read(file: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(gzip.decompress(file.read_bytes()), type=kind)
    except (OSError, EOFError, msgspec.MsgspecError) as error:
        raise EvalError(f"{file} cannot be read: {error}.") from error
