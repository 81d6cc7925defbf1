"""What goes in and out over HTTP, as types: what reads a request also describes it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from goeswith.engine.answer import CacheInfo, Cost
from goeswith.engine.model import Edge, Graph, Group, Plan, Versions
from goeswith.engine.request import MOST_SKU, Sku

PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""No control characters."""

Name = Annotated[str, Meta(min_length=1, max_length=500, pattern=PLAIN)]


class AnswerObject(msgspec.Struct, frozen=True):
    """The answer to a question."""

    question: str
    cache: CacheInfo
    cost: Cost
    schema: int
    canonical: str
    degraded: tuple[str, ...]
    plan: Plan
    groups: tuple[Group, ...]
    graph: Graph
    versions: Versions
    notes: tuple[str, ...] = ()


class Explained(msgspec.Struct, frozen=True):
    """An answer, the edges that were refused for it, and the titles of their ends."""

    answer: AnswerObject
    refused: tuple[Edge, ...]
    labels: dict[str, str]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A query without fields."""


class SkuPath(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product in the path of a URL."""

    sku: Annotated[str, Meta(min_length=1, max_length=MOST_SKU, pattern=PLAIN)]


class Invalidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to drop: answers and edges that name one of these, or all of them."""

    skus: Annotated[tuple[Sku, ...], Meta(max_length=200)] = ()
    types: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
    all: bool = False


class Dropped(msgspec.Struct, frozen=True):
    """How many entries were dropped, by tier."""

    memory: int
    disk: int
    shared: int
    edges: int


class Reload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take the newest index into service. Has no fields."""


class Reloaded(msgspec.Struct, frozen=True):
    """The catalog before and now."""

    changed: bool
    before: str
    catalog: str
