"""One step of a catalog's drift: some products go, some change, some are new."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from goeswith.engine.model import Product


class Step(msgspec.Struct, frozen=True):
    """A catalog after a step, and how many products went, changed or came with it."""

    products: tuple[Product, ...]
    removed: int = 0
    changed: int = 0
    added: int = 0


def step(products: Sequence[Product], share: float, number: int, seed: int) -> Step:
    """Return the catalog after one step.

    A share of the products goes, as many others get another title, and as many new ones come: each
    is a new colour of a product that is there, of the same type.

    Args:
        products: before the step.
        share: of the products, in 0..1, for each of the three.
        number: of the step; it is part of what new titles and SKUs are called.
        seed: of the draw.
    """
    count = round(len(products) * share)
    order = np.random.default_rng([seed, number]).permutation(len(products)).tolist()
    gone, other = set(order[:count]), set(order[count : 2 * count])
    kept = [
        _renamed(product, number) if place in other else product
        for place, product in enumerate(products)
        if place not in gone
    ]
    fresh = [_new(products[place], number) for place in order[2 * count : 3 * count]]
    return Step((*kept, *fresh), len(gone), len(other), len(fresh))


def _renamed(product: Product, number: int) -> Product:
    title = product.title.partition(", edition ")[0]
    return msgspec.structs.replace(product, title=f"{title}, edition {number}")


def _new(product: Product, number: int) -> Product:
    title = product.title.partition(", edition ")[0]
    return msgspec.structs.replace(
        product, sku=f"{product.sku}-new{number}", title=f"{title}, edition {number}, new"
    )
