"""Products that shoppers first bought after the split: nothing was learnt about them."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goeswith.eval.model import Asked, Question

if TYPE_CHECKING:
    from goeswith.engine.behaviour import Behaviour
    from goeswith.engine.catalog import Snapshot

COLD = "first seen after the split"


class ColdRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which new products are asked about.

    least_baskets: later baskets that hold the product.
    share: of the suite's questions; so many are asked on top of them.
    """

    least_baskets: int
    share: float


def newcomers(
    snapshot: Snapshot,
    learnt: Behaviour,
    later: Behaviour,
    types: Container[int],
    rules: ColdRules,
    *,
    count: int,
    seed: int,
) -> list[tuple[Question, int]]:
    """Draw new products, at most one of each type, as questions with their type ids.

    The shopper has the product and asks about it by its title.

    Args:
        snapshot: the catalog.
        learnt: mined before the split; it must not hold the product.
        later: mined after it.
        types: those that have truth.
        rules: what may be drawn.
        count: how many questions the suite asks besides.
        seed: of the draw.
    """
    new = (learnt.popularity == 0) & (later.popularity >= rules.least_baskets)
    order = np.random.default_rng([seed, 1]).permutation(np.flatnonzero(new)).tolist()
    by_type: dict[int, int] = {}
    for row in order:
        type_id = int(snapshot.type_of[row])
        if type_id in types:
            by_type.setdefault(type_id, row)
    found = []
    for type_id, row in list(by_type.items())[: round(count * rules.share)]:
        sku, title = snapshot.sku(row), snapshot.title(row)
        asked = Asked(f"p{sku}", f"what goes with {title}", title, basket=(sku,))
        found.append((Question(asked, COLD), type_id))
    return found
