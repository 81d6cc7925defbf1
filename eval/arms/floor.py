"""Floors that anything useful must beat: what is bought most, and chance."""

from __future__ import annotations

import zlib

import numpy as np

from goeswith.eval.model import Asked, Given, unique
from goeswith.eval.stand import Stand

LENGTH = 50


class PopularArm:
    """Gives the most bought types to every question."""

    def __init__(self, stand: Stand) -> None:
        bought = stand.shop.behaviour.type_popularity
        order = np.lexsort((np.arange(len(bought)), -bought))[:LENGTH]
        self._types = unique([stand.type_name(type_id) for type_id in order.tolist()])

    def answer(self, asked: Asked) -> Given:  # noqa: ARG002
        """Answer one question."""
        return Given(self._types)


class RandomArm:
    """Gives types drawn uniformly from those ever bought; each question has its own draw."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._bought = np.flatnonzero(stand.shop.behaviour.type_popularity > 0)

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        pick = np.random.default_rng([self._stand.seed, zlib.crc32(asked.id.encode())])
        drawn = pick.permutation(self._bought)[:LENGTH]
        return Given(unique([self._stand.type_name(type_id) for type_id in drawn.tolist()]))
