"""What several arms share: what a question means in the shop, and lists of the wanted kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

import numpy as np

from goeswith.eval.model import Asked, unique

if TYPE_CHECKING:
    from goeswith.engine.index.shop import Shop

LENGTH = 50
"""Items in a list, at most."""

CANDIDATES = 24
EACH = 4
"""Products given for one product type, as many as the engine shows for one need."""


def rows_had(shop: Shop, asked: Asked) -> list[int]:
    """Return the catalog rows of the products that the shopper has."""
    rows = (shop.catalog.row(sku) for sku in asked.basket)
    return [row for row in rows if row is not None]


def types_meant(shop: Shop, asked: Asked) -> list[int]:
    """Return the product types that are asked about: of the basket, else of the phrase."""
    had = shop.type_ids_of(rows_had(shop, asked))
    if had:
        return had
    hits = shop.retriever.types(asked.phrase, CANDIDATES)
    return list(shop.meanings.rank(asked.phrase, hits))


def listed_types(shop: Shop, type_ids: Iterable[int]) -> tuple[str, ...]:
    """Return types as items."""
    return unique([shop.kinds.node_id(t).removeprefix("type:") for t in type_ids])[:LENGTH]


def listed_products(shop: Shop, rows: Iterable[int]) -> tuple[str, ...]:
    """Return products as items."""
    return unique([shop.catalog.sku(row) for row in rows])[:LENGTH]


def best_sellers(shop: Shop, type_ids: Sequence[int], each: int = EACH) -> list[int]:
    """Return the most bought products of types: first the best of each type, then the second."""
    rows = [shop.retriever.rows_of_type(type_id, each).tolist() for type_id in type_ids]
    return [row for row in chain.from_iterable(zip_longest(*rows)) if row is not None]


def most_bought(popularity: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    """Return the ids that were bought most, ties by id."""
    order = np.lexsort((np.arange(len(popularity)), -popularity))[: 2 * LENGTH]
    return [int(place) for place in order]
