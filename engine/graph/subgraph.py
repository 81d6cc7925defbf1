"""What a build gives: plan, products and checked edges of one question."""

from __future__ import annotations

import msgspec

from goeswith.engine.model import Edge, Graph, Group, Plan

LOOKED_AT, SHOWN = 12, 4
"""Products of a type that are looked at, and shown, where any product of it will do."""


class Subgraph(msgspec.Struct, frozen=True):
    """Plan, products and edges for one question. The graph is a DAG.

    `refused` holds the edges that the gate turned down or that were cut from a circle; they are
    shown by `explain` and never served. `parents` are the SKUs that others were related to, whether
    or not anything came of it. `open` are the types, as nodes are called, of needs where any
    product of them may come to be shown; elsewhere only those bought most are looked at.
    `rests` are tags of what the plan rests on and no edge shows. `notes` say how the question was
    taken.
    """

    plan: Plan
    groups: tuple[Group, ...]
    graph: Graph
    refused: tuple[Edge, ...]
    degraded: tuple[str, ...]
    parents: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    rests: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
