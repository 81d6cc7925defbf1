"""Which products of the right kind to offer: what shoppers buy, varied, fitting what they have."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from goeswith.engine.model import Edge, Product

POPULARITY = 0.45
TOGETHER = 0.35
MATCH = 0.20
SAME_BRAND = 0.9
SAME_GROUP = 0.5
SAME_TYPE = 0.75


class Candidate(msgspec.Struct, frozen=True):
    """A product that passed the gate for a need.

    `match` is retrieval's score in 0..1, `share` how well its type covers the need beside the best
    type (0..1), `together` the confidence of its best edge to a product
    chosen earlier (0 when there is none), `edges` all its accepted edges.
    """

    row: int
    product: Product
    match: float
    share: float
    popularity: int
    together: float
    edges: tuple[Edge, ...]


def choose(candidates: Iterable[Candidate], most: int) -> list[tuple[Candidate, float]]:
    """Return at most `most` candidates with their scores (0..1), best first.

    Greedy with a discount for more of the same: a product whose title is already on the list is
    left out, one of the same item group or brand counts less, and so does one of the same type
    where the need is covered by several.
    """
    pool = list(candidates)
    types = {candidate.product.product_type for candidate in pool}
    same_type = SAME_TYPE if len(types) > 1 else 1.0
    top = max((c.popularity for c in pool), default=0)
    scored = sorted(
        ((_score(c, top), c) for c in pool), key=lambda item: (-item[0], item[1].product.sku)
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
            worth[place] *= _beside(other.product, candidate.product, same_type)
    return chosen


def _score(candidate: Candidate, top: int) -> float:
    popular = math.log1p(candidate.popularity) / math.log1p(top) if top else 0.0
    own = POPULARITY * popular + TOGETHER * candidate.together + MATCH * candidate.match
    return own * candidate.share


def _beside(a: Product, b: Product, same_type: float) -> float:
    """Return what a product is still worth beside one that was chosen."""
    if a.title == b.title:
        return 0.0
    worth = 1.0
    if a.product_type == b.product_type:
        worth *= same_type
    if a.item_group and a.item_group == b.item_group:
        worth *= SAME_GROUP
    if a.brand and a.brand == b.brand:
        worth *= SAME_BRAND
    return worth
