"""What somebody asks: a question, what they have already, what they like, what it may cost.

The basket is part of what a question means. The profile and the volatile fields are put on after
the cache; neither is stored, logged, or part of a key.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from goeswith.engine.budget import Budget
from goeswith.engine.errors import RequestError
from goeswith.engine.profile import Profile

MOST_BASKET = 100
MOST_SKU = 200

Sku = Annotated[str, Meta(min_length=1, max_length=MOST_SKU)]
Include = Literal["price", "availability"]

_SPACES = frozenset("\t\n\r")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A budget of one's own, in part. It can only lower the budget of the settings.

    The fields are those of `Budget`; a field that is absent keeps the settings' value.
    """

    deadline_ms: Annotated[int, Meta(ge=1)] | None = None
    lm_calls: Annotated[int, Meta(ge=0)] | None = None
    lm_tokens: Annotated[int, Meta(ge=0)] | None = None
    usd: Annotated[float, Meta(ge=0)] | None = None
    needs: Annotated[int, Meta(ge=1)] | None = None
    products: Annotated[int, Meta(ge=1)] | None = None
    edges: Annotated[int, Meta(ge=0)] | None = None
    rounds: Annotated[int, Meta(ge=1)] | None = None

    def within(self, budget: Budget) -> Budget:
        """Return the budget with each limit lowered to this one's; none is ever raised."""
        own = msgspec.structs.asdict(self).items()
        lower = {
            name: min(value, getattr(budget, name)) for name, value in own if value is not None
        }
        return msgspec.structs.replace(budget, **lower)


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One ask. Only the question is needed.

    Attributes:
        question: what the shopper typed.
        locale: language tag; picks the word tables.
        basket: SKUs that the shopper has. What is offered must fit them; they are never offered.
        profile: what the shopper likes. Re-orders the products of each group, after the cache.
        budget: limits below those of the settings.
        include: volatile fields to join to the products, as of the current snapshot.

    Raises:
        RequestError: a text holds control characters or is too long, or the basket is too large.
    """

    question: str
    locale: str = "en"
    basket: Annotated[tuple[Sku, ...], Meta(max_length=MOST_BASKET)] = ()
    profile: Profile | None = None
    budget: Limits | None = None
    include: Annotated[tuple[Include, ...], Meta(max_length=8)] = ()

    def __post_init__(self) -> None:
        if _has_control(self.question, allowed=_SPACES):
            raise RequestError("The question holds control characters. Send plain text.")
        if _has_control(self.locale):
            raise RequestError("The locale holds control characters. Send a tag such as en-us.")
        if len(self.basket) > MOST_BASKET:
            raise RequestError(f"The basket has more than {MOST_BASKET} SKUs. Send fewer.")
        if any(not 0 < len(sku) <= MOST_SKU or _has_control(sku) for sku in self.basket):
            raise RequestError(
                f"A SKU in the basket is empty, longer than {MOST_SKU} characters, or holds "
                "control characters."
            )
        if self.profile is not None and any(map(_has_control, self.profile.words())):
            raise RequestError("The profile holds control characters. Send plain text.")

    def within(self, budget: Budget) -> Budget:
        """Return what this request may cost under a budget."""
        return self.budget.within(budget) if self.budget else budget


_decoder = msgspec.json.Decoder(Request)


def read_request(raw: bytes | str) -> Request:
    """Read a request object from JSON.

    Raises:
        RequestError: it is no JSON object, a field is unknown, or a value is out of bounds.
    """
    try:
        return _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"The request cannot be read: {error}.") from None


def as_request(asked: str | Request, locale: str = "en") -> Request:
    """Return a typed question as a request. Control characters in it become spaces."""
    if isinstance(asked, Request):
        return asked
    if _has_control(asked):
        asked = "".join(" " if _is_control(char) else char for char in asked)
    return Request(asked, "" if _has_control(locale) else locale)


def completed(
    request: Request,
    *,
    basket: tuple[str, ...] = (),
    profile: Profile | None = None,
    include: tuple[Include, ...] = (),
) -> Request:
    """Return a request with a basket, a profile and volatile fields to include.

    Raises:
        RequestError: the basket is out of bounds.
    """
    return msgspec.structs.replace(request, basket=basket, profile=profile, include=include)


def unknown_skus(skus: Iterable[str]) -> RequestError:
    """Return the error that names SKUs of a basket which this shop does not have."""
    named = ", ".join(sorted(skus)[:5])
    return RequestError(
        f"The basket names products that this shop does not have: {named}. Leave them out."
    )


def _has_control(text: str, allowed: frozenset[str] = frozenset()) -> bool:
    if text.isprintable():
        return False
    return any(_is_control(char) and char not in allowed for char in text)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs"}
