"""Floors that anything useful must beat: what is bought most, and chance."""

from __future__ import annotations

import zlib

import numpy as np

from goeswith.eval.arms.common import LENGTH, listed_products, listed_types, most_bought
from goeswith.eval.model import Arm, Asked, Given
from goeswith.eval.stand import Stand


class PopularArm(Arm):
    """Gives the most bought types or products to every question."""

    def __init__(self, stand: Stand) -> None:
        shop = stand.shop
        self._types = listed_types(shop, most_bought(shop.behaviour.type_popularity))
        self._products = listed_products(shop, most_bought(shop.behaviour.popularity))

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        return Given(self._types if asked.wants == "type" else self._products)


class RandomArm(Arm):
    """Gives what is drawn uniformly, from what was ever bought where anything was.

    Each question has its own draw.
    """

    def __init__(self, stand: Stand) -> None:
        self._seed = stand.seed
        self._shop = stand.shop
        behaviour = stand.shop.behaviour
        self._types = _pool(behaviour.type_popularity)
        self._rows = _pool(behaviour.popularity)

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        pick = np.random.default_rng([self._seed, zlib.crc32(asked.id.encode())])
        pool = self._types if asked.wants == "type" else self._rows
        drawn = pick.choice(pool, size=min(2 * LENGTH, len(pool)), replace=False).tolist()
        listed = listed_types if asked.wants == "type" else listed_products
        return Given(listed(self._shop, drawn))


def _pool(popularity: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    bought = np.flatnonzero(popularity > 0)
    return [int(i) for i in (bought if len(bought) else np.arange(len(popularity)))]
