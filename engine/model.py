"""The words of the product as types. Knows nothing of files, indexes, caches or LMs."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

TypePath = tuple[str, ...]
"""A product type as a path from general to specific, e.g. ("Baking mixes", "Frosting")."""

Attributes = dict[str, str]
"""Attribute name (lower_snake_case) to value. Several values are joined with "|"."""


class Relation(StrEnum):
    """A typed, directed edge: the source is what the shopper has or asks about."""

    REQUIRED_PART = "required_part"
    ACCESSORY = "accessory"
    PART_OF_SET = "part_of_set"
    OFTEN_BOUGHT_WITH = "often_bought_with"
    SUBSTITUTE = "substitute"
    DIFFERENT_BRAND = "different_brand"
    COMPATIBLE_WITH = "compatible_with"
    VARIANT_OF = "variant_of"
    SATISFIES = "satisfies"
    USED_FOR = "used_for"


COMPLEMENTS = frozenset(
    {
        Relation.REQUIRED_PART,
        Relation.ACCESSORY,
        Relation.PART_OF_SET,
        Relation.OFTEN_BOUGHT_WITH,
        Relation.COMPATIBLE_WITH,
    }
)
"""Relations of things that go together."""


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product of the catalog, without its volatile fields."""

    sku: str
    title: str
    brand: str = ""
    product_type: TypePath = ()
    attributes: Attributes = {}
    item_group: str = ""


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The volatile fields of a product. Never part of a fingerprint or a stored answer."""

    price: float | None = None
    currency: str = ""
    available: bool | None = None


class Constraints(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a product must satisfy, read from the question. Empty means no constraint.

    Prices are in the catalog's currency. Names are lower case.
    """

    price_min: float | None = None
    price_max: float | None = None
    brands: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    not_words: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """True when nothing is asked of the product."""
        return self == Constraints()


class Need(msgspec.Struct, frozen=True):
    """One thing the shopper has to cover."""

    id: str
    phrase: str
    rank: int = 0
    depends_on: tuple[str, ...] = ()
    constraints: Constraints = Constraints()
    anchor: bool = False


PlanSource = Literal["lm", "knowledge", "single"]


class Plan(msgspec.Struct, frozen=True):
    """Needs in rank order and who made the plan."""

    source: PlanSource
    needs: tuple[Need, ...]


EvidenceKind = Literal["behaviour", "attribute", "lm", "curated", "head"]
Polarity = Literal["supports", "contradicts"]

COMPLETES = "baskets/share"
"""Reference of evidence that tells a share: `support` of `exposure` baskets with the source."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason to believe or doubt an edge.

    `support` counts baskets that hold both ends, `expected` what chance alone would give,
    `exposure` the baskets that gave the pair a chance to meet, `window` the days they span.
    """

    kind: EvidenceKind
    polarity: Polarity
    score: float
    reference: str
    version: str
    support: int = 0
    exposure: int = 0
    expected: float = 0.0
    lift: float = 0.0
    window: int = 0

    @property
    def share(self) -> float:
        """Share in 0..1 of the baskets with the source that hold both; 0 where none is told."""
        told = self.reference == COMPLETES and self.exposure
        return self.support / self.exposure if told else 0.0


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the gate decided. `reason` is empty for an accepted edge."""

    accepted: bool
    checks: tuple[str, ...]
    reason: str = ""
    detail: str = ""


class Edge(msgspec.Struct, frozen=True):
    """A relation between two nodes with the evidence for it and the gate's verdict."""

    id: str
    source: str
    target: str
    relation: Relation
    confidence: float
    why: str
    evidence: tuple[Evidence, ...]
    verdict: Verdict


class Chosen(msgspec.Struct, frozen=True):
    """A product chosen for a need, with its score in 0..1 and the edges that justify it.

    `offer` is joined when an answer is read and somebody asked for it; it is never stored.
    """

    sku: str
    title: str
    product_type: TypePath
    score: float
    why: str
    edges: tuple[str, ...]
    offer: Offer | msgspec.UnsetType = msgspec.UNSET


class Group(msgspec.Struct, frozen=True):
    """The products chosen for one need, best first."""

    need: str
    products: tuple[Chosen, ...]


class Node(msgspec.Struct, frozen=True, omit_defaults=True):
    """A node of the subgraph. `id` is "need:n1", "sku:4711" or "type:A > B"."""

    id: str
    kind: Literal["need", "product", "type"]
    label: str
    need: str = ""


class Graph(msgspec.Struct, frozen=True):
    """The subgraph of one answer. Always a DAG."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Versions(msgspec.Struct, frozen=True):
    """What an answer depends on besides the question. All are part of the cache key."""

    catalog: str
    planner: str
    prompts: str
    gate: str
    lm: str
    schema: int


def type_name(path: TypePath) -> str:
    """Return the path as one string, "A > B"."""
    return " > ".join(path)
