"""Volatile fields, joined to an answer when it is read. What is stored never holds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from goeswith.engine.model import Chosen, Group, Offer

if TYPE_CHECKING:
    from goeswith.engine.catalog import Snapshot


def with_offers(
    groups: Sequence[Group], include: Collection[str], catalog: Snapshot
) -> tuple[Group, ...]:
    """Return the groups with each product's offer as of the snapshot.

    Args:
        groups: of an answer.
        include: "price" (with its currency), "availability", or both.
        catalog: the snapshot to read from. A product that left it has an empty offer.
    """
    return tuple(
        Group(group.need, tuple(_offered(p, include, catalog) for p in group.products))
        for group in groups
    )


def _offered(product: Chosen, include: Collection[str], catalog: Snapshot) -> Chosen:
    row = catalog.row(product.sku)
    known = Offer() if row is None else catalog.offer(row)
    shown = Offer(
        price=known.price if "price" in include else None,
        currency=known.currency if "price" in include and known.price is not None else "",
        available=known.available if "availability" in include else None,
    )
    return msgspec.structs.replace(product, offer=shown)
