"""Which answers rest on mined relations that another reading of the baskets tells otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from goeswith.engine.behaviour import Behaviour
from goeswith.engine.behaviour.diff import Ids, Moves, moves, renumbered
from goeswith.engine.behaviour.level import Level
from goeswith.engine.catalog import Snapshot
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.index.leading import reordered
from goeswith.engine.proposer.behaviour import CORROBORATES
from goeswith.engine.tags import from_tag, pair_tag, sku_tag, type_tag

Named = Callable[[int], str]


class Mined(NamedTuple):
    """Tags of answers that show a relation which is lost, and of those that may have more to say.

    A relation between types that was gained matters only where it leads; one between products
    wherever others were related to one of them.
    """

    lost: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()


def mined_otherwise(before: Snapshot, bought: Behaviour, after: Snapshot, buys: Behaviour) -> Mined:
    """Compare two readings of the baskets, with the catalogs they are about."""
    if bought.digest == buys.digest:
        return Mined()
    types = renumbered(before.types, after.types)
    rows = renumbered(list(before.skus()), list(after.skus()))

    def type_named(item: int) -> str:
        return type_tag(after.types[item])

    def product_named(row: int) -> str:
        return sku_tag(after.sku(row))

    by_type = _moves(bought.types, buys.types, types)
    by_sku = _moves(bought.skus, buys.skus, rows)
    lost = _shown(by_type, type_named, by_type.lost)
    lost |= _shown(by_sku, product_named, by_sku.lost)
    other = _shown(by_type, type_named, by_type.risen, by_type.shifted)
    other |= _shown(by_sku, product_named, by_sku.shifted)
    ends = {end for pair in by_sku.pairs_of(by_sku.risen) for end in pair}
    other |= {from_tag(product_named(row)) for row in ends}
    turned = reordered(bought.types, buys.types, types)
    other |= {from_tag(type_named(item)) for item in turned}
    return Mined(frozenset(lost), frozenset(other))


def _moves(old: Level, new: Level, number: Ids) -> Moves:
    return moves(old, new, number, _limits(new.rules.supports_low))


def _shown(found: Moves, named: Named, *codes: Ids) -> set[str]:
    pairs = (pair for some in codes for pair in found.pairs_of(some))
    return {pair_tag(named(a), named(b)) for a, b in pairs}


def _limits(supports: float) -> Iterable[float]:
    """Return the lower limits of a lift at which the proposer or the gate judges otherwise."""
    demands = load_policy().relation.values()
    asked = {limit for demand in demands for limit in (demand.min_lift, demand.same_lift)}
    return {supports, CORROBORATES, *(limit for limit in asked if 0.0 < limit < math.inf)}
