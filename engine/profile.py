"""A shopper's preferences as a short summary, and how they re-order an answer.

A summary of what somebody likes serves better than a replay of what they did (PRIME, 2025). It is
put on after the cache, so what is shared holds nothing about anybody. It adds no product and
removes none: it only moves products inside their group.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from goeswith.engine.errors import RequestError
from goeswith.engine.model import Chosen, Group, Product

if TYPE_CHECKING:
    from goeswith.engine.catalog import Snapshot

Wish = Annotated[str, Meta(min_length=1, max_length=80)]
Wishes = Annotated[tuple[Wish, ...], Meta(max_length=20)]

LIKED = 0.25
AVOIDED = 1.0
OF_BRAND = 0.25
OF_PRICE = 0.3
"""What a wish adds to a product's score, which lies in 0..1. What is avoided goes last."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a shopper prefers, all of it optional.

    Attributes:
        likes: words for what they like ("organic", "decaf coffee").
        avoids: words for what they would rather not have ("spicy", "peanut").
        brands: brands they prefer.
        price: "low" for those who look for the cheaper product, "high" for the dearer.
    """

    likes: Wishes = ()
    avoids: Wishes = ()
    brands: Wishes = ()
    price: Literal["", "low", "high"] = ""

    def words(self) -> Iterator[str]:
        """Yield every text in the profile."""
        yield from self.likes
        yield from self.avoids
        yield from self.brands


def read_profile(path: Path) -> Profile:
    """Read a profile from a JSON or TOML file.

    Raises:
        RequestError: the file cannot be read or is no profile.
    """
    decode = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
    try:
        return decode(path.read_bytes(), type=Profile)
    except OSError as error:
        raise RequestError(f"Cannot read the profile {path}: {error.strerror}.") from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RequestError(f"The profile {path} cannot be used: {error}.") from None


def rerank(groups: Sequence[Group], profile: Profile, catalog: Snapshot) -> tuple[Group, ...]:
    """Return the groups with each one's products in this shopper's order.

    Scores stay as they are: they say how well a product answers the question, for anybody.
    Products that are worth the same keep their order.
    """
    wanted = _Wanted(profile)
    return tuple(Group(group.need, wanted.order(group.products, catalog)) for group in groups)


class _Wanted:
    def __init__(self, profile: Profile) -> None:
        from goeswith.engine.retrieval.text import terms

        self._terms = terms
        self._likes = self._split(profile.likes)
        self._avoids = self._split(profile.avoids)
        self._brands = {brand.casefold().strip() for brand in profile.brands}
        self._price = {"low": -1.0, "high": 1.0}.get(profile.price, 0.0)

    def order(self, products: Sequence[Chosen], catalog: Snapshot) -> tuple[Chosen, ...]:
        rows = [catalog.row(product.sku) for product in products]
        prices = [math.nan if row is None else float(catalog.price[row]) for row in rows]
        dear = self._dearness(prices)
        worth = [
            product.score
            + (0.0 if row is None else self._worth(catalog.product(row)))
            + OF_PRICE * self._price * place
            for product, row, place in zip(products, rows, dear, strict=True)
        ]
        order = sorted(range(len(products)), key=lambda at: (-worth[at], at))
        return tuple(products[at] for at in order)

    def _worth(self, product: Product) -> float:
        text = " ".join(
            [product.title, product.brand, *product.product_type, *product.attributes.values()]
        )
        held = frozenset(self._terms(text))
        liked = sum(wish <= held for wish in self._likes)
        avoided = sum(wish <= held for wish in self._avoids)
        of_brand = product.brand.casefold() in self._brands
        return LIKED * liked + OF_BRAND * of_brand - AVOIDED * avoided

    def _dearness(self, prices: Sequence[float]) -> list[float]:
        """Return where each price lies between the group's lowest (-0.5) and highest (0.5)."""
        known = [price for price in prices if not math.isnan(price)]
        low, high = min(known, default=0.0), max(known, default=0.0)
        if high <= low:
            return [0.0] * len(prices)
        return [0.0 if math.isnan(p) else (p - low) / (high - low) - 0.5 for p in prices]

    def _split(self, wishes: Sequence[str]) -> list[frozenset[str]]:
        return [words for wish in wishes if (words := frozenset(self._terms(wish)))]
