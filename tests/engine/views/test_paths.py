"""How two ends are connected: by checked edges only, the same way in either direction."""

from __future__ import annotations

import math

import networkx
import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.errors import RequestError
from goeswith.engine.model import Relation
from goeswith.engine.views.export import to_graph
from goeswith.engine.views.paths import Connection


def names(path: Connection) -> list[str]:
    return [path.source.id, *(step.target.id for step in path.steps)]


def test_what_fits_is_one_proven_step_away(reader: Engine) -> None:
    path = reader.explain_path("CAM-R10", "BAT-LPE17")
    assert [step.edge.relation for step in path.steps if step.edge] == [Relation.COMPATIBLE_WITH]
    assert "battery" in path.why


def test_a_path_runs_through_the_kind_of_a_product(reader: Engine) -> None:
    path = reader.explain_path("CAM-R10", "memory card")
    assert names(path) == [
        "sku:CAM-R10",
        "type:Cameras > Mirrorless Cameras",
        "type:Camera Accessories > Memory Cards",
    ]
    assert path.steps[0].edge is None
    assert path.steps[1].edge is not None
    assert path.confidence == path.steps[1].edge.confidence


def test_every_edge_of_a_path_passed_the_gate_and_joins_its_step(reader: Engine) -> None:
    ends = ("CAM-R10", "CAM-90D", "BAT-LPE17", "tripod", "memory card", "telephoto lens")
    found = 0
    for a in ends:
        for b in ends:
            path = reader.explain_path(a, b)
            edges = [step.edge for step in path.steps if step.edge]
            found += bool(edges)
            assert path.found or not path.steps
            assert all(edge.verdict.accepted and edge.evidence for edge in edges)
            for step in path.steps:
                if step.edge:
                    assert {step.edge.source, step.edge.target} == {step.source.id, step.target.id}
            if path.found:
                assert path.confidence == pytest.approx(
                    math.prod(edge.confidence for edge in edges), abs=1e-4
                )
                assert names(path)[-1] == path.target.id
    assert found > len(ends)


def test_it_is_the_same_connection_from_the_other_end(reader: Engine) -> None:
    forth = reader.explain_path("CAM-R10", "memory card")
    back = reader.explain_path("memory card", "CAM-R10")
    assert names(back) == names(forth)[::-1]
    assert back.confidence == forth.confidence


@pytest.mark.parametrize(("one", "other"), [("CAM-R10", "CRD-CFEB"), ("CAM-Z6II", "LEN-RF100500")])
def test_what_a_rule_keeps_apart_is_not_joined_by_its_kinds(
    one: str, other: str, reader: Engine
) -> None:
    for path in (reader.explain_path(one, other), reader.explain_path(other, one)):
        assert not path.found
        assert path.steps == ()
        assert path.why.startswith("The two do not fit each other. ")
        assert len(path.why) > len("The two do not fit each other. ")


def test_an_end_is_connected_with_itself(reader: Engine) -> None:
    path = reader.explain_path("CAM-R10", "CAM-R10")
    assert (path.found, path.steps, path.confidence) == (True, (), 1.0)


@pytest.mark.parametrize("name", ["", "   ", "zzzzqqqq xxkcd"])
def test_an_end_that_names_nothing_is_told(name: str, reader: Engine) -> None:
    with pytest.raises(RequestError, match="second end names nothing"):
        reader.explain_path("CAM-R10", name)


def test_the_graph_of_an_answer_is_public(reader: Engine) -> None:
    graph = reader.ask("accessories for Canon EOS R10").data().graph
    drawn = to_graph(graph.nodes, graph.edges)
    assert networkx.is_directed_acyclic_graph(drawn)
    assert drawn.number_of_edges() == len(graph.edges)
