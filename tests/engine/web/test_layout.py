"""A drawing has every node and edge once, cards that do not overlap, and few crossings."""

from __future__ import annotations

import itertools
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.web.drawing import TALL, Box, Layout
from goeswith.engine.web.layout import layout
from goeswith.engine.web.order import arrange, crossings
from goeswith.engine.web.shape import Edge, Graph, Group, Need, Node, Plan, Product, Shape

CHIPS, SALSA = "type:Snacks > Chips", "type:Sauces > Salsa"

PARTY = Shape(
    plan=Plan((Need("n0"), Need("n1", 1, ("n0",)), Need("n2", 2, ("n1",)))),
    groups=(
        Group("n1", (Product("salsa-1", ("Sauces", "Salsa")), Product("salsa-2"))),
        Group("n2", (Product("bowl-1", ("Kitchen", "Bowls")),)),
    ),
    graph=Graph(
        nodes=(
            Node("need:n0", "need"),
            Node("need:n1", "need"),
            Node("need:n2", "need"),
            Node("sku:chips-1", "product", "n0"),
            Node("sku:salsa-1", "product", "n1"),
            Node("sku:salsa-2", "product", "n1"),
            Node("sku:bowl-1", "product", "n2"),
            Node(CHIPS, "type"),
            Node(SALSA, "type"),
            Node("type:Elsewhere", "type"),
        ),
        edges=(
            Edge("e1", "sku:salsa-1", "need:n1"),
            Edge("e2", "sku:salsa-2", "need:n1"),
            Edge("e3", "sku:bowl-1", "need:n2"),
            Edge("e4", "sku:chips-1", "sku:salsa-1"),
            Edge("e5", CHIPS, SALSA),
            Edge("e6", "sku:chips-1", "sku:bowl-1"),
            Edge("e7", "sku:salsa-1", "sku:salsa-2"),
            Edge("e8", "type:Elsewhere", "sku:bowl-1"),
        ),
    ),
)


def home(drawn: Layout, node: str) -> Box:
    return next(
        box for box in drawn.boxes if box.node == node or any(r.node == node for r in box.rows)
    )


def points(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_a_card_holds_a_need_with_its_types_and_products() -> None:
    drawn = layout(PARTY)
    assert [row.node for row in home(drawn, "need:n1").rows] == [
        SALSA,
        "sku:salsa-1",
        "sku:salsa-2",
    ]
    # The type of what the shopper has is not among the groups; it belongs where its edges begin.
    assert {row.node for row in home(drawn, "need:n0").rows} == {CHIPS, "sku:chips-1"}
    assert home(drawn, "type:Elsewhere").need == ""


def test_ranks_go_from_left_to_right() -> None:
    drawn = layout(PARTY)
    left = {need: home(drawn, f"need:{need}").x for need in ("n0", "n1", "n2")}
    assert left["n0"] < left["n1"] < left["n2"]
    assert [band.rank for band in drawn.ranks] == [0, 1, 2]


def test_every_edge_is_one_line_that_joins_its_ends() -> None:
    drawn = layout(PARTY)
    lines = {line.edge: line for line in drawn.lines}
    assert sorted(lines) == sorted(edge.id for edge in PARTY.graph.edges)
    assert len(drawn.lines) == len(lines)
    a, b = home(drawn, "sku:chips-1"), home(drawn, "sku:salsa-1")
    x1, *_, x2, y2 = points(lines["e4"].path)
    assert (x1, x2) == (a.x + a.width, b.x)
    row = next(row for row in b.rows if row.node == "sku:salsa-1")
    assert row.y <= y2 <= row.y + row.height
    assert lines["e1"].inside
    assert not lines["e7"].inside


def test_a_line_over_a_rank_passes_between_its_cards() -> None:
    drawn = layout(PARTY)
    path = next(line.path for line in drawn.lines if line.edge == "e6")
    (level,) = re.findall(r"([\d.]+)H", path)
    column = home(drawn, "need:n1").column
    assert not any(
        box.y < float(level) < box.y + box.height for box in drawn.boxes if box.column == column
    )


def test_edges_to_nowhere_are_left_out() -> None:
    lost = Edge("lost", "sku:chips-1", "sku:nowhere")
    graph = Graph(PARTY.graph.nodes, (*PARTY.graph.edges, lost))
    drawn = layout(Shape(PARTY.plan, graph, PARTY.groups))
    assert "lost" not in {line.edge for line in drawn.lines}


def test_nothing_is_drawn_of_an_empty_answer() -> None:
    drawn = layout(Shape(Plan(()), Graph((), ())))
    assert (drawn.boxes, drawn.lines, drawn.ranks) == ((), (), ())


def test_a_tall_rank_is_folded() -> None:
    needs = tuple(Need(f"n{number}") for number in range(40))
    nodes = tuple(Node(f"sku:{n.id}", "product", n.id) for n in needs)
    drawn = layout(Shape(Plan(needs), Graph(nodes, ())))
    assert len({box.column for box in drawn.boxes}) > 1
    assert drawn.height < 1.5 * TALL


@pytest.mark.parametrize("seed", range(5))
def test_barycentres_undo_a_shuffle(seed: int) -> None:
    top = [f"a{number}" for number in range(8)]
    bottom = [f"b{number}" for number in range(8)]
    links = {a: [b] for a, b in zip(top, bottom, strict=True)}
    links |= {b: [a] for a, b in zip(top, bottom, strict=True)}
    shuffled = random.Random(seed).sample(bottom, len(bottom))
    assert crossings([top, shuffled], links) > 0
    assert crossings(arrange([top, shuffled], links), links) == 0


def naive(ranks: list[list[str]], links: dict[str, list[str]]) -> int:
    at = {card: (rank, place) for rank, row in enumerate(ranks) for place, card in enumerate(row)}
    lines = [(at[a], at[b]) for a in at for b in links.get(a, ()) if b in at and at[a] < at[b]]
    lines = [(a, b) for a, b in lines if a[0] != b[0]]
    return sum(
        (a[1] - c[1]) * (b[1] - d[1]) < 0
        for (a, b), (c, d) in itertools.combinations(lines, 2)
        if a[0] == c[0] and b[0] == d[0]
    )


@st.composite
def tangles(draw: st.DrawFn) -> tuple[list[list[str]], dict[str, list[str]]]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    ranks = [[f"{rank}.{place}" for place in range(size)] for rank, size in enumerate(sizes)]
    cards = [card for rank in ranks for card in rank]
    pairs = draw(st.lists(st.tuples(st.sampled_from(cards), st.sampled_from(cards)), max_size=20))
    links: dict[str, list[str]] = {}
    for a, b in pairs:
        links.setdefault(a, []).append(b)
        links.setdefault(b, []).append(a)
    return ranks, links


@given(tangles())
def test_ordering_never_makes_it_worse(
    tangle: tuple[list[list[str]], dict[str, list[str]]],
) -> None:
    ranks, links = tangle
    found = arrange(ranks, links)
    assert [sorted(rank) for rank in found] == [sorted(rank) for rank in ranks]
    assert crossings(ranks, links) == naive(ranks, links)
    assert naive(found, links) <= naive(ranks, links)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Anything that can be sent, including plans and edges that make no sense."""
    names = [f"n{number}" for number in range(draw(st.integers(0, 5)))]
    anything = st.sampled_from([*names, "gone"])
    needs = [
        Need(name, draw(st.integers(0, 4)), tuple(draw(st.lists(anything, max_size=2))))
        for name in names
    ]
    skus = [f"p{number}" for number in range(draw(st.integers(0, 6)))]
    nodes = [Node(f"sku:{sku}", "product", draw(anything)) for sku in skus]
    nodes += [Node(f"type:T{number}", "type") for number in range(draw(st.integers(0, 3)))]
    nodes += [Node(f"need:{name}", "need") for name in names]
    ends = st.sampled_from([*(node.id for node in nodes), "sku:gone"])
    edges = [
        Edge(f"e{number}", draw(ends), draw(ends)) for number in range(draw(st.integers(0, 12)))
    ]
    groups = [
        Group(draw(anything), tuple(Product(sku, ("T0",)) for sku in draw(st.permutations(skus))))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return Shape(Plan(tuple(needs)), Graph(tuple(nodes), tuple(edges)), tuple(groups))


@given(shapes())
def test_whatever_is_sent_each_node_has_one_place_of_its_own(shape: Shape) -> None:
    drawn = layout(shape)
    placed = [node for box in drawn.boxes for node in (box.node, *(r.node for r in box.rows))]
    ids = {node.id for node in shape.graph.nodes}
    assert ids <= set(placed)
    loose = [node for node in placed if placed.count(node) > 1]
    assert all(home(drawn, node).need == "" for node in loose)
    for a, b in itertools.combinations(drawn.boxes, 2):
        assert (
            a.x + a.width <= b.x
            or b.x + b.width <= a.x
            or a.y + a.height <= b.y
            or b.y + b.height <= a.y
        )
    assert all(box.x + box.width <= drawn.width for box in drawn.boxes)
    assert all(box.y + box.height <= drawn.height for box in drawn.boxes)
    ends = {edge.id: edge for edge in shape.graph.edges}
    drawable = {
        name for name, e in ends.items() if {e.source, e.target} <= ids and e.source != e.target
    }
    assert {line.edge for line in drawn.lines} == drawable
    assert layout(shape) == drawn
