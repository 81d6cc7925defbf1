"""Mined relations only, static: the anchor's neighbours as the learning baskets rank them."""

from __future__ import annotations

from goeswith.eval.model import Asked, Given, unique
from goeswith.eval.stand import Stand

CANDIDATES = 24


class BehaviourArm:
    """Gives what is significantly bought with the type that the phrase means, highest z first.

    The anchor is the best type of the engine's own retriever. No gate, no curated knowledge.
    """

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        shop = self._stand.shop
        hits = shop.retriever.types(asked.phrase, CANDIDATES)
        meant = list(shop.meanings.rank(asked.phrase, hits))
        if not meant:
            return Given(())
        pairs = shop.behaviour.type_neighbours(meant[0])
        strong = pairs.significant & (pairs.lift_low >= shop.behaviour.types.rules.supports_low)
        return Given(unique([self._stand.type_name(t) for t in pairs.ids[strong].tolist()]))
