"""Mined relations only, static: the anchor's neighbours as the learning baskets rank them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goeswith.eval.arms.common import (
    best_sellers,
    listed_products,
    listed_types,
    rows_had,
    types_meant,
)
from goeswith.eval.model import Arm, Asked, Given
from goeswith.eval.stand import Stand

if TYPE_CHECKING:
    from goeswith.engine.behaviour.level import Level


class BehaviourArm(Arm):
    """Gives what is significantly bought with what the shopper has or names, highest z first.

    Products are the neighbours of the very products in the basket, then the most bought ones of the
    neighbouring types. No gate, no curated knowledge.
    """

    def __init__(self, stand: Stand) -> None:
        self._shop = stand.shop

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        shop = self._shop
        had = rows_had(shop, asked)
        types = types_meant(shop, asked)
        near = _strong(shop.behaviour.types, types if had else types[:1])
        if asked.wants == "type":
            return Given(listed_types(shop, near))
        rows = _strong(shop.behaviour.skus, had) + best_sellers(shop, near)
        return Given(listed_products(shop, rows))


def _strong(level: Level, ids: list[int]) -> list[int]:
    if not ids:
        return []
    pairs = level.neighbours(ids[0]) if len(ids) == 1 else level.neighbours_of_set(ids)
    strong = pairs.significant & (pairs.lift_low >= level.rules.supports_low)
    return [int(found) for found in pairs.ids[strong]]
