"""Plain retrieval: products found for the phrase, no graph."""

from __future__ import annotations

from goeswith.eval.model import Asked, Given, unique
from goeswith.eval.stand import Stand

PRODUCTS = 1_000
"""Products retrieved; enough for their types to fill a list."""


class RetrievalArm:
    """Gives the types of the products that the engine's own retriever finds for the phrase."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        shop = self._stand.shop
        hits = shop.retriever.products(asked.phrase, PRODUCTS)
        types = shop.type_ids_of(hits.rows.tolist())
        return Given(unique([self._stand.type_name(type_id) for type_id in types]))
