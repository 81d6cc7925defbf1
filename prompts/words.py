"""The words a model may answer with, and the plain structs that go in."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

PairRelation = Literal[
    "required_part",
    "accessory",
    "part_of_set",
    "often_bought_with",
    "substitute",
    "different_brand",
    "compatible_with",
    "variant_of",
]
"""Relations between two products or two product types."""

ActivityRelation = Literal["used_for"]
"""The relation from a product type to an activity or an audience."""

AnchorKind = Literal["type", "product", "activity"]

PAIR_RELATIONS: tuple[str, ...] = get_args(PairRelation)
ACTIVITY_RELATIONS: tuple[str, ...] = get_args(ActivityRelation)
ONE_WAY = frozenset({"required_part", "accessory", "often_bought_with"})
"""Relations that say another thing when their ends are swapped, so that a reply names the end."""

NONE = "none"

STATEMENTS: dict[str, str] = {
    "required_part": "{a} cannot do its job without {b}",
    "accessory": "{b} is an accessory made for use with {a}",
    "part_of_set": "{a} and {b} are used together as parts of one set",
    "often_bought_with": "people who buy {a} have a clear reason to buy {b} on the same trip",
    "substitute": "{b} can take the place of {a} for the same job",
    "different_brand": "{b} is the same product as {a} from a different brand",
    "compatible_with": "{b} fits and works with {a}",
    "variant_of": "{b} is {a} in another size, colour or pack",
    "used_for": "{a} is used for {b}",
}
"""Each relation as one sentence. {a} is the source of the edge, {b} its target."""


TRUE_IF: dict[str, str] = {
    "required_part": "does {a} as it is sold fail at its main job for want of {b}?",
    "accessory": "is {b} made for use with {a}, or plainly sold for it?",
    "part_of_set": "are {a} and {b} used at one time, for one meal or job?",
    "often_bought_with": (
        "would most buyers of {a} agree that {b} is a sensible thing to buy with it?"
    ),
    "substitute": "could a shopper who wants {a} do the same job with {b} instead?",
    "different_brand": "is {b} the same kind of product as {a}, from another brand?",
    "compatible_with": "do the words given for {a} and {b} say that the two fit?",
    "variant_of": "is it the same product apart from size, colour or pack?",
    "used_for": "would people who do {b} commonly use {a} for it?",
}
"""Each relation as the question a critic answers about it. {a} is the source, {b} the target."""


class Thing(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product, a product type or an activity as a model is shown it.

    `id` is the caller's own and is never sent to a model. `text` is the title or name,
    `kind` its product type as one string, `facts` attributes worth knowing ("mount: E").
    """

    id: str
    text: str
    kind: str = ""
    facts: str = ""


Dropped = tuple[tuple[str, int], ...]
"""How many parts of a reply were refused, by reason, in order of the reason's name."""
