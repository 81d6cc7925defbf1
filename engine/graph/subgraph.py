"""What a build gives: plan, products and checked edges of one question."""

from __future__ import annotations

import msgspec

from goeswith.engine.model import Edge, Graph, Group, Plan


class Subgraph(msgspec.Struct, frozen=True):
    """Plan, products and edges for one question. The graph is a DAG.

    `refused` holds the edges that the gate turned down or that were cut from a circle; they are
    shown by `explain` and never served. `parents` are the SKUs that others were related to, whether
    or not anything came of it.
    """

    plan: Plan
    groups: tuple[Group, ...]
    graph: Graph
    refused: tuple[Edge, ...]
    degraded: tuple[str, ...]
    parents: frozenset[str] = frozenset()
