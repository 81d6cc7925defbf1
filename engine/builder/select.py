"""Which products of the right kind to offer: what shoppers buy, varied, fitting what they have."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from goeswith.engine.model import Edge, Product


class Weights(msgspec.Struct, frozen=True):
    """What counts in a choice.

    `popularity`, `together` and `match` are shares of a score and add up to 1. `same_brand`,
    `same_group` and `same_type` are what is left of the score of a product that shares one with a
    product chosen before it.
    """

    popularity: float
    together: float
    match: float
    same_brand: float = 0.9
    same_group: float = 0.5
    same_type: float = 0.75


BY_KIND = Weights(0.45, 0.35, 0.20)
"""For a need whose kind is known: any product of it will do, so what people buy leads."""

BY_WORDS = Weights(0.03, 0.35, 0.62, same_brand=1.0, same_type=1.0)
"""For a product that was asked for in words: it is the words that it has to match."""


class Candidate(msgspec.Struct, frozen=True):
    """A product that passed the gate for a need.

    `match` is retrieval's score in 0..1, `share` how well its type covers the need beside the best
    type (0..1), `together` the confidence of its best edge to a product chosen earlier (0 when
    there is none), `edges` all its accepted edges, `caveat` what a shopper has to check.
    """

    row: int
    product: Product
    match: float
    share: float
    popularity: int
    together: float
    edges: tuple[Edge, ...]
    caveat: str = ""


def choose(
    candidates: Iterable[Candidate], most: int, weights: Weights = BY_KIND
) -> list[tuple[Candidate, float]]:
    """Return at most `most` candidates with their scores (0..1), best first.

    Greedy with a discount for more of the same: a product whose title is already on the list is
    left out, one of the same item group or brand counts less, and so does one of the same type
    where the need is covered by several.
    """
    pool = list(candidates)
    types = {candidate.product.product_type for candidate in pool}
    if len(types) < 2:
        weights = msgspec.structs.replace(weights, same_type=1.0)
    top = max((c.popularity for c in pool), default=0)
    scored = sorted(
        ((_score(c, top, weights), c) for c in pool),
        key=lambda item: (-item[0], item[1].product.sku),
    )
    worth = [1.0] * len(scored)
    chosen: list[tuple[Candidate, float]] = []
    while scored and len(chosen) < most:
        best = max(range(len(scored)), key=lambda i: (scored[i][0] * worth[i], -i))
        score, candidate = scored.pop(best)
        novelty = worth.pop(best)
        if novelty <= 0.0:
            break
        chosen.append((candidate, round(score * novelty, 4)))
        for place, (_, other) in enumerate(scored):
            worth[place] *= _beside(other.product, candidate.product, weights)
    return chosen


def _score(candidate: Candidate, top: int, weights: Weights) -> float:
    popular = math.log1p(candidate.popularity) / math.log1p(top) if top else 0.0
    own = (
        weights.popularity * popular
        + weights.together * candidate.together
        + weights.match * candidate.match
    )
    return own * candidate.share


def _beside(a: Product, b: Product, weights: Weights) -> float:
    """Return what a product is still worth beside one that was chosen."""
    if a.title == b.title:
        return 0.0
    worth = 1.0
    if a.product_type == b.product_type:
        worth *= weights.same_type
    if a.item_group and a.item_group == b.item_group:
        worth *= weights.same_group
    if a.brand and a.brand == b.brand:
        worth *= weights.same_brand
    return worth
