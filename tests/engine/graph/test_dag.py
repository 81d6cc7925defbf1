"""Promise 2: every subgraph is a DAG, and circles are cut at the weakest edge."""

from __future__ import annotations

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.graph.dag import break_cycles, generations, is_dag
from goeswith.engine.model import Edge, Evidence, Relation, Verdict

EVIDENCE = (Evidence("curated", "supports", 0.9, "pack/x", "1"),)


def edge(source: str, target: str, confidence: float) -> Edge:
    return Edge(
        f"{source}-{target}-{confidence}",
        source,
        target,
        Relation.ACCESSORY,
        confidence,
        "because",
        EVIDENCE,
        Verdict(True, ("form",)),
    )


edges = st.lists(
    st.builds(edge, st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), st.floats(0, 1)),
    max_size=40,
    unique_by=lambda e: e.id,
)


def as_networkx(kept: list[Edge]) -> networkx.MultiDiGraph[str]:
    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    graph.add_edges_from((e.source, e.target) for e in kept)
    return graph


@given(edges)
def test_what_is_kept_is_a_dag_and_nothing_is_lost(given_edges: list[Edge]) -> None:
    kept, cut = break_cycles(given_edges)
    assert networkx.is_directed_acyclic_graph(as_networkx(kept))
    assert sorted(e.id for e in kept + cut) == sorted(e.id for e in given_edges)


@given(edges, st.randoms(use_true_random=False))
def test_the_cut_does_not_depend_on_the_order(given_edges: list[Edge], random: object) -> None:
    shuffled = list(given_edges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {e.id for e in break_cycles(given_edges)[0]} == {e.id for e in break_cycles(shuffled)[0]}


@given(edges)
def test_every_cut_edge_would_close_a_circle_of_stronger_ones(given_edges: list[Edge]) -> None:
    kept, cut = break_cycles(given_edges)
    for gone in cut:
        stronger = [e for e in kept if (e.confidence, gone.id) >= (gone.confidence, e.id)]
        graph = as_networkx(stronger)
        graph.add_nodes_from((gone.source, gone.target))
        assert networkx.has_path(graph, gone.target, gone.source)


def test_the_weakest_edge_of_a_circle_goes() -> None:
    kept, cut = break_cycles([edge("a", "b", 0.9), edge("b", "c", 0.4), edge("c", "a", 0.8)])
    assert [e.id for e in cut] == ["b-c-0.4"]
    assert [e.id for e in kept] == ["a-b-0.9", "c-a-0.8"]


@given(edges)
def test_is_dag_agrees_with_networkx(given_edges: list[Edge]) -> None:
    expected = networkx.is_directed_acyclic_graph(as_networkx(given_edges))
    assert is_dag(given_edges) is expected


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4)))
def test_generations_put_every_parent_in_an_earlier_rank(parents: dict[str, list[str]]) -> None:
    ranks = generations(parents)
    place = {node: rank for rank, nodes in enumerate(ranks) for node in nodes}
    for node, rank in place.items():
        assert all(place[p] < rank for p in parents[node] if p in parents and p != node)


@pytest.mark.parametrize(
    ("parents", "ranks"),
    [
        ({}, []),
        ({"a": []}, [["a"]]),
        ({"b": ["a"], "a": []}, [["a"], ["b"]]),
        ({"a": ["b"], "b": ["a"], "c": []}, [["c"]]),
    ],
)
def test_generations(parents: dict[str, list[str]], ranks: list[list[str]]) -> None:
    assert generations(parents) == ranks
