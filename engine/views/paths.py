"""How two products or kinds of product are connected: the most believable path of checked edges."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from goeswith.engine.errors import RequestError
from goeswith.engine.graph.proposal import End, type_end
from goeswith.engine.model import COMPLEMENTS, Edge, Node, Relation
from goeswith.engine.planner.anchor import find_anchor
from goeswith.engine.planner.complements import Complements
from goeswith.engine.proposer.fit import FitProposer
from goeswith.engine.proposer.known import KnownEdges, nothing_known
from goeswith.engine.proposer.merge import merge
from goeswith.engine.proposer.siblings import SiblingProposer
from goeswith.engine.views.export import to_graph

if TYPE_CHECKING:
    import networkx

    from goeswith.engine.gate.gate import Gate
    from goeswith.engine.index.shop import Shop

WIDTH = 12
"""Kinds of product that are followed from one kind, the most believable edges first."""

STEP = 0.2
"""What a step costs besides its doubt, so that a detour over many sure edges is no explanation."""

REACH = 2
"""Steps that are followed from either end, so that a path has at most twice as many, and one."""

NO_PATH = "Nothing that passed the gate connects the two."

IS_OF = "is_of"
"""The key of the link from a product to its kind, which is no relation and costs nothing."""


class Step(msgspec.Struct, frozen=True):
    """One step of a path. `edge` is None between a product and its own kind.

    An edge may be walked against its direction; its `source` and `target` say how it runs.
    """

    source: Node
    target: Node
    edge: Edge | None


class Connection(msgspec.Struct, frozen=True):
    """A path between two nodes. Without steps they are the same; `found` is False for no path.

    Two products that a rule keeps apart have no path: what their kinds have to do with each other
    would say the opposite of what is so. `why` then says what keeps them apart.

    `confidence` is the product of the confidences of its edges.
    """

    source: Node
    target: Node
    found: bool
    confidence: float
    steps: tuple[Step, ...]
    why: str


def explain_path(shop: Shop, a: str, b: str, *, known: KnownEdges | None = None) -> Connection:
    """Return the most believable path between two ends, shorter ones before detours.

    Args:
        shop: the snapshot and what is known of it.
        a: a SKU, a product type ("Baking > Frosting"), or words for either.
        b: likewise.
        known: what a model settled before; nothing when None.

    Raises:
        RequestError: an end names nothing in this shop.
    """
    import networkx

    source, target = (_end(shop, name, which) for name, which in ((a, "first"), (b, "second")))
    start, goal = _node(source), _node(target)
    grower = _Grower(shop, known or nothing_known(shop.catalog.types))
    apart = grower.kept_apart(source, target)
    if apart:
        return Connection(start, goal, False, 0.0, (), f"The two do not fit each other. {apart}")
    graph = grower.between(source, target)
    try:
        names: list[str] = networkx.dijkstra_path(graph, start.id, goal.id, weight="cost")
    except networkx.NetworkXNoPath:
        return Connection(start, goal, False, 0.0, (), NO_PATH)
    steps = tuple(_step(graph, one, two) for one, two in pairwise(names))
    edges = [step.edge for step in steps if step.edge is not None]
    confidence = round(math.prod(edge.confidence for edge in edges), 4)
    return Connection(start, goal, True, confidence, steps, _why(start, goal, edges))


class _Ends(NamedTuple):
    kinds: set[int]
    products: list[End]


class _Grower:
    """Grows a graph of checked edges around two ends."""

    def __init__(self, shop: Shop, known: KnownEdges) -> None:
        self._shop = shop
        self._gate: Gate = shop.gate("")
        self._complements = Complements(shop, known)
        self._ends: set[int] = set()
        self._nodes: dict[str, Node] = {}
        self._edges: dict[str, Edge] = {}

    def kept_apart(self, a: End, b: End) -> str:
        """Return what a rule has against using two products together, or nothing."""
        if (a.kind, b.kind) != ("product", "product"):
            return ""
        refused = self._gate.judge(FitProposer(self._shop).proven(a, b))[1]
        verdicts = (edge.verdict for edge in refused)
        return next((v.detail for v in verdicts if v.reason.startswith("mismatch_")), "")

    def between(self, a: End, b: End) -> networkx.MultiGraph[str]:
        """Return the graph, undirected, because a connection can be read from either end."""
        ends = _Ends(
            {end.type_id for end in (a, b) if end.type_id >= 0},
            [end for end in (a, b) if end.kind == "product"],
        )
        for end in (a, b):
            self._nodes[end.id] = _node(end)
        self._between_products(ends.products)
        done: set[int] = set()
        front = self._ends = ends.kinds
        for _ in range(REACH):
            done |= front
            front = {found for type_id in sorted(front) for found in self._around(type_id)} - done
        graph = to_graph(self._nodes.values(), self._edges.values()).to_undirected()
        for _, _, data in graph.edges(data=True):
            data["cost"] = STEP - math.log(data["confidence"])
        for end in ends.products:
            if end.type_id >= 0:
                kind = self._kind(end.type_id)
                graph.add_node(kind.id, kind=kind.kind, label=kind.label)
                graph.add_edge(end.id, kind.id, key=IS_OF, cost=0.0)
        graph.graph["edges"] = self._edges
        return graph

    def _around(self, type_id: int) -> list[int]:
        """Add the best edges from a kind, and return the kinds that they lead to."""
        shop = self._shop
        accepted, _ = self._complements.edges([type_id], COMPLEMENTS, self._gate)
        if type_id in self._ends:
            others = [
                *shop.curated_proposer.type_relations([type_id], {Relation.SUBSTITUTE}),
                *shop.kind_proposer.substitutes([type_id]),
            ]
            accepted += self._gate.judge(merge(others, lambda _a, _b: None))[0]
        accepted.sort(key=lambda edge: (-edge.confidence, edge.id))
        reached = []
        for edge in accepted[:WIDTH]:
            self._edges.setdefault(edge.id, edge)
            for name in (edge.source, edge.target):
                self._kind(shop.kinds.type_id(name))
            reached.append(shop.kinds.type_id(edge.target))
        return reached

    def _between_products(self, products: list[End]) -> None:
        if len(products) != 2 or products[0].id == products[1].id:
            return
        one, two = products
        bought = self._shop.behaviour_proposer.between_products(one, two)
        proposals = [
            *SiblingProposer(self._shop).between(one, two),
            *([bought] if bought else []),
            *FitProposer(self._shop).proven(one, two),
        ]
        for edge in self._gate.judge(proposals)[0]:
            self._edges[edge.id] = edge

    def _kind(self, type_id: int) -> Node:
        node = _node(type_end(type_id, self._shop.catalog.types[type_id]))
        return self._nodes.setdefault(node.id, node)


def _end(shop: Shop, name: str, which: str) -> End:
    row = shop.catalog.row(name)
    if row is not None:
        return shop.end(row)
    type_id = shop.kinds.find(name)
    if type_id is None:
        anchor = find_anchor(shop, name) if name.strip() else None
        if anchor is None:
            raise RequestError(
                f"The {which} end names nothing in this shop. Give a SKU, a product type or words."
            )
        if anchor.exact:
            return shop.end(anchor.rows[0])
        type_id = anchor.type_ids[0]
    return type_end(type_id, shop.catalog.types[type_id])


def _node(end: End) -> Node:
    return Node(end.id, "product" if end.kind == "product" else "type", end.label)


def _step(graph: networkx.MultiGraph[str], one: str, two: str) -> Step:
    key = min(graph[one][two], key=lambda k: (graph[one][two][k]["cost"], k))
    return Step(_of(graph, one), _of(graph, two), graph.graph["edges"].get(key))


def _of(graph: networkx.MultiGraph[str], name: str) -> Node:
    data = graph.nodes[name]
    return Node(name, data["kind"], data["label"])


def _why(source: Node, target: Node, edges: list[Edge]) -> str:
    if edges:
        return " ".join(edge.why for edge in edges)
    if source.id == target.id:
        return "Both are the same."
    return "Both are of the same kind."
