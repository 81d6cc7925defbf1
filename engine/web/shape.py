"""The part of an answer that decides where things are drawn.

Any answer object of the contract can be read as a shape; what is not needed is ignored.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MOST = 2_000
"""Nodes, edges or products a shape may have, each."""

MOST_NEEDS = 128
MOST_RANKS = 64
MOST_PARENTS = 16
"""Needs that one need may come after."""

Text = Annotated[str, Meta(max_length=2_000)]


class Need(msgspec.Struct, frozen=True):
    """A need and its place in the plan."""

    id: Text
    rank: Annotated[int, Meta(ge=0, lt=MOST_RANKS)] = 0
    depends_on: Annotated[tuple[Text, ...], Meta(max_length=MOST_PARENTS)] = ()


class Plan(msgspec.Struct, frozen=True):
    """Needs in the order of the plan."""

    needs: Annotated[tuple[Need, ...], Meta(max_length=MOST_NEEDS)]


class Product(msgspec.Struct, frozen=True):
    """A chosen product and its type."""

    sku: Text
    product_type: Annotated[tuple[Text, ...], Meta(max_length=50)] = ()


class Group(msgspec.Struct, frozen=True):
    """The products chosen for a need."""

    need: Text
    products: Annotated[tuple[Product, ...], Meta(max_length=MOST)] = ()


class Node(msgspec.Struct, frozen=True):
    """A node of the subgraph."""

    id: Text
    kind: Literal["need", "product", "type"]
    need: Text = ""


class Edge(msgspec.Struct, frozen=True):
    """An edge of the subgraph."""

    id: Text
    source: Text
    target: Text


class Graph(msgspec.Struct, frozen=True):
    """The subgraph."""

    nodes: Annotated[tuple[Node, ...], Meta(max_length=MOST)]
    edges: Annotated[tuple[Edge, ...], Meta(max_length=MOST)]


class Shape(msgspec.Struct, frozen=True):
    """What of an answer decides where things are drawn."""

    plan: Plan
    graph: Graph
    groups: Annotated[tuple[Group, ...], Meta(max_length=MOST_NEEDS)] = ()
