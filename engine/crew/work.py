"""A work: something computed for a request, with a name, so that another process can do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from goeswith.engine.answer import Body
from goeswith.engine.engine import Engine
from goeswith.engine.model import Edge, Group, Plan

A = TypeVar("A")
R = TypeVar("R")

Tell = Callable[[str, bytes], None]
"""Tells a step of a work, by name and as JSON, to all who listen. May be called on any thread."""


class Work(NamedTuple, Generic[A, R]):
    """Something an engine does for a request.

    Attributes:
        name: what it is called between processes.
        takes: the type of its argument; like `gives`, one that msgspec reads and writes.
        gives: the type of its result.
        run: does it.
    """

    name: str
    takes: Any
    gives: Any
    run: Callable[[Engine, A, Tell], R]


class Telling:
    """A listener that tells each step of a build as JSON."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def planned(self, plan: Plan) -> None:
        """Tell the plan."""
        self._tell("plan", msgspec.json.encode(plan))

    def resolving(self, rank: int) -> None:
        """Tell that a rank is begun."""
        self._tell("rank", msgspec.json.encode({"rank": rank}))

    def resolved(self, group: Group, edges: Sequence[Edge]) -> None:
        """Tell the products of a need, then each edge with its evidence."""
        self._tell("need", msgspec.json.encode(group))
        for edge in edges:
            self._tell("edge", msgspec.json.encode(edge))


def replay(body: Body, listener: Telling) -> None:
    """Tell the steps that led to a stored answer, as its build told them."""
    edges = {edge.id: edge for edge in body.graph.edges}
    ranks = {need.id: need.rank for need in body.plan.needs}
    listener.planned(body.plan)
    rank = -1
    for group in body.groups:
        if ranks.get(group.need, 0) > rank:
            rank = ranks[group.need]
            listener.resolving(rank)
        named = [edges.pop(name) for p in group.products for name in p.edges if name in edges]
        listener.resolved(group, named)


def silent(_name: str, _data: bytes) -> None:
    """Tell nobody."""
