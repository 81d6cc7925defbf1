"""A build tells its steps in order, and hears nothing back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goeswith.engine.engine import Engine
from goeswith.engine.model import Edge, Group, Plan
from goeswith.engine.settings import load_settings

QUESTION = "accessories for Canon EOS R10"


class Ear:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.groups: dict[str, Group] = {}
        self.edges: dict[str, Edge] = {}

    def planned(self, plan: Plan) -> None:
        self.heard.append("plan")
        self.needs = {need.id for need in plan.needs}

    def resolving(self, rank: int) -> None:
        self.heard.append(f"rank {rank}")

    def resolved(self, group: Group, edges: Sequence[Edge]) -> None:
        self.heard.append("need")
        self.groups[group.need] = group
        self.edges.update((edge.id, edge) for edge in edges)


def test_a_build_is_heard_and_a_hit_is_silent(home: Path) -> None:
    settings = load_settings(environ={}, flags={"retrieval.embedder": "hash"})
    ear, late = Ear(), Ear()
    with Engine.open(home, settings=settings) as engine:
        body = engine.ask(QUESTION, listener=ear).data()
        engine.ask(QUESTION, listener=late)
    assert ear.heard[0] == "plan"
    assert [step for step in ear.heard if step.startswith("rank")] == ["rank 0", "rank 1"]
    assert {group.need: group for group in body.groups} == ear.groups
    assert {edge.id for edge in body.graph.edges} <= set(ear.edges)
    assert ear.needs == {need.id for need in body.plan.needs}
    assert late.heard == []
