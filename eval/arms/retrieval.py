"""Plain retrieval: products found for the phrase, no graph."""

from __future__ import annotations

from goeswith.eval.arms.common import listed_products, listed_types
from goeswith.eval.model import Arm, Asked, Given
from goeswith.eval.stand import Stand

PRODUCTS = 1_000
"""Products retrieved; enough for their types to fill a list."""


class RetrievalArm(Arm):
    """Gives the products that the engine's own retriever finds for the phrase, or their types."""

    def __init__(self, stand: Stand) -> None:
        self._shop = stand.shop

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        shop = self._shop
        rows = shop.retriever.products(asked.phrase, PRODUCTS).rows.tolist()
        if asked.wants == "sku":
            return Given(listed_products(shop, rows))
        return Given(listed_types(shop, shop.type_ids_of(rows)))
