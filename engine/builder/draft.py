"""The subgraph of one question as it grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from goeswith.engine.budget import Budget
from goeswith.engine.builder.candidates import ENOUGH, MUST_FIT
from goeswith.engine.graph.dag import break_cycles
from goeswith.engine.graph.outline import Brief, Outline
from goeswith.engine.graph.subgraph import LOOKED_AT, SHOWN, Subgraph
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Chosen, Constraints, Edge, Graph, Group, Node


class Draft:
    """Collects what has been resolved. It can be finished at any moment."""

    def __init__(self, shop: Shop, budget: Budget) -> None:
        self._shop = shop
        self._budget = budget
        self._edges: dict[str, Edge] = {}
        self._groups: list[Group] = []
        self._given: dict[str, tuple[int, ...]] = {}
        self._refused: dict[str, Edge] = {}
        self.rows: dict[str, tuple[int, ...]] = {}

    @property
    def room(self) -> int:
        """How many more edges the budget allows."""
        return self._budget.edges - len(self._edges)

    def has(self, edge: Edge) -> bool:
        """Tell whether an edge is in the draft already."""
        return edge.id in self._edges

    def titles(self) -> dict[str, list[tuple[str, str]]]:
        """Return SKU and title of the products chosen or given, by need id."""
        catalog = self._shop.catalog
        return {
            need: [(catalog.sku(row), catalog.title(row)) for row in rows]
            for need, rows in self.rows.items()
            if rows
        }

    def give(self, brief: Brief, rows: tuple[int, ...]) -> None:
        """Note the products a shopper already has for a need."""
        self.rows[brief.need.id] = rows
        self._given[brief.need.id] = rows

    def add(
        self, brief: Brief, chosen: Sequence[tuple[int, Chosen]], edges: Iterable[Edge]
    ) -> None:
        """Add the products chosen for a need, with every edge they name."""
        self.rows[brief.need.id] = tuple(row for row, _ in chosen)
        self._groups.append(Group(brief.need.id, tuple(product for _, product in chosen)))
        self._edges.update((edge.id, edge) for edge in edges)

    def refuse(self, edges: Iterable[Edge]) -> None:
        """Keep refused edges for `explain`."""
        self._refused.update((edge.id, edge) for edge in edges)

    def finish(self, outline: Outline, degraded: Sequence[str]) -> Subgraph:
        """Cut circles, drop what hangs on a cut edge, and give the final form."""
        kept, cut = break_cycles(list(self._edges.values()))
        alive = {edge.id for edge in kept}
        groups = tuple(
            group for g in self._groups if (group := _standing(g, alive, self._edges)).products
        )
        told = tuple(_as_cut(edge) for edge in cut)
        return Subgraph(
            plan=outline.plan,
            groups=groups,
            graph=Graph(self._nodes(outline, kept, groups), tuple(kept)),
            refused=(*outline.refused, *self._refused.values(), *told),
            degraded=tuple(dict.fromkeys(degraded)),
            parents=self._parents(outline),
            rests=frozenset(outline.rests),
            notes=outline.notes,
            open=frozenset(
                self._shop.kinds.node_id(type_id)
                for brief in outline.briefs
                if not (brief.owned or self._is_closed(brief))
                for type_id in brief.type_ids
            ),
        )

    def _is_closed(self, brief: Brief) -> bool:
        """Tell whether a need shows all it may, and looks only at what is bought most."""
        most = self._budget.products
        full = len(self.rows.get(brief.need.id, ())) >= most
        usual = most <= SHOWN and ENOUGH * most <= LOOKED_AT
        any_will_do = not brief.query and brief.need.constraints == Constraints()
        fits = MUST_FIT & {brief.relation, *(relation for _, relation in brief.relations)}
        return full and usual and any_will_do and not fits

    def _parents(self, outline: Outline) -> frozenset[str]:
        needs = {parent for brief in outline.briefs for parent in brief.need.depends_on}
        rows = (row for need in needs for row in self.rows.get(need, ()))
        return frozenset(map(self._shop.catalog.sku, rows))

    def _nodes(
        self, outline: Outline, edges: list[Edge], groups: tuple[Group, ...]
    ) -> tuple[Node, ...]:
        used = {end for edge in edges for end in (edge.source, edge.target)}
        served = {f"sku:{product.sku}" for group in groups for product in group.products}
        nodes: dict[str, Node] = {}
        for brief in outline.briefs:
            node = f"need:{brief.need.id}"
            nodes[node] = Node(node, "need", brief.need.phrase)
        for brief in outline.briefs:
            for row in self.rows.get(brief.need.id, ()):
                end = self._shop.end(row)
                given = brief.need.id in self._given
                if end.id in used and (given or end.id in served):
                    nodes.setdefault(end.id, Node(end.id, "product", end.label, brief.need.id))
        for edge in edges:
            for name in (edge.source, edge.target):
                if name.startswith("type:"):
                    nodes.setdefault(name, Node(name, "type", name.removeprefix("type:")))
        return tuple(nodes.values())


def _standing(group: Group, alive: set[str], edges: dict[str, Edge]) -> Group:
    """Return the group without edges that were cut, and without products left with no reason."""
    products = []
    for product in group.products:
        kept = tuple(edge for edge in product.edges if edge in alive)
        own = f"sku:{product.sku}"
        if any(own in (edges[edge].source, edges[edge].target) for edge in kept):
            products.append(msgspec.structs.replace(product, edges=kept))
    return Group(group.need, tuple(products))


def _as_cut(edge: Edge) -> Edge:
    verdict = msgspec.structs.replace(
        edge.verdict, accepted=False, reason="circle", detail="the weakest edge of a circle"
    )
    return msgspec.structs.replace(edge, verdict=verdict)
