"""What goes with one very product, by relation: each with its evidence and the gate's verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from goeswith.engine.errors import UnknownProductError
from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.outline import Brief
from goeswith.engine.graph.proposal import End, Proposal
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import COMPLEMENTS, Edge, Need, Product, Relation, TypePath
from goeswith.engine.planner.clusters import strength
from goeswith.engine.planner.complements import Complements
from goeswith.engine.proposer.fit import FitProposer
from goeswith.engine.proposer.known import KnownEdges, nothing_known
from goeswith.engine.proposer.siblings import SiblingProposer

MOST_TYPES = 12
"""Kinds of products that are looked into, the strongest first."""

POOL = 24
"""Products of one kind that are looked at, the most bought first."""

EACH = 4
"""Products given for one kind, and products of each relation among its own kind."""


class Related(msgspec.Struct, frozen=True):
    """A product that stands in a relation. `edge` says how it stands to the product itself.

    Where baskets and attributes say nothing about these very two, `edge` is the one between their
    types, which every pair of the two kinds shares.
    """

    sku: str
    title: str
    product_type: TypePath
    confidence: float
    why: str
    edge: Edge


class ProductRelations(msgspec.Struct, frozen=True):
    """Everything known of one product. `refused` are the edges that the gate turned down."""

    sku: str
    title: str
    product_type: TypePath
    relations: dict[Relation, tuple[Related, ...]]
    refused: tuple[Edge, ...]


def product_relations(
    shop: Shop, sku: str, *, known: KnownEdges | None = None, each: int = EACH
) -> ProductRelations:
    """Return what goes with a product, what fits it and what replaces it, best first.

    Args:
        shop: the snapshot and what is known of it.
        sku: the product.
        known: what a model settled before; nothing when None.
        each: products given for one kind of product.

    Raises:
        UnknownProductError: the shop has no such product.
    """
    row = shop.catalog.row(sku)
    if row is None:
        raise UnknownProductError("This shop has no product with that SKU.")
    search = _Search(shop, known or nothing_known(shop.catalog.types), shop.end(row), each)
    found: dict[Relation, dict[str, Related]] = {}
    for item in (
        *search.complements(),
        *search.fitting(),
        *search.bought_with(),
        *search.siblings(),
    ):
        told = found.setdefault(item.edge.relation, {})
        if item.sku not in told or _rank(item) < _rank(told[item.sku]):
            told[item.sku] = item
    product = shop.catalog.product(row)
    return ProductRelations(
        product.sku,
        product.title,
        product.product_type,
        {
            relation: tuple(sorted(found[relation].values(), key=_rank))
            for relation in Relation
            if relation in found
        },
        tuple(search.refused.values()),
    )


class _Search:
    def __init__(self, shop: Shop, known: KnownEdges, source: End, each: int) -> None:
        self._shop = shop
        self._known = known
        self._source = source
        self._each = each
        self._gate: Gate = shop.gate("")
        self._fit = FitProposer(shop)
        self._siblings = SiblingProposer(shop)
        self.refused: dict[str, Edge] = {}

    def all(self) -> Iterator[Related]:
        """Yield everything that is found, in a fixed order; a product may come several times."""
        yield from self.complements()
        yield from self.fitting()
        yield from self.bought_with()
        yield from self.siblings()

    def complements(self) -> Iterator[Related]:
        """Yield products of the kinds that go with this product's kind."""
        shop, source = self._shop, self._source
        if source.type_id < 0:
            return
        finder = Complements(shop, self._known)
        accepted, refused = finder.edges([source.type_id], COMPLEMENTS, self._gate)
        self._refuse(refused)
        for lead in sorted(accepted, key=lambda e: (-strength(e), e.id))[:MOST_TYPES]:
            yield from self._of_kind(lead)

    def bought_with(self) -> Iterator[Related]:
        """Yield the products that baskets relate to this very product."""
        pairs = self._shop.behaviour.sku_neighbours(self._source.ref)
        for row in pairs.ids[pairs.significant][:POOL].tolist():
            end = self._shop.end(row)
            bought = self._shop.behaviour_proposer.between_products(self._source, end)
            if bought is not None:
                yield from self._judged(end, [bought])

    def fitting(self) -> Iterator[Related]:
        """Yield products that attributes prove to fit this one."""
        for type_id, _ in self._shop.compatibility.right_of(self._source.type_id)[:MOST_TYPES]:
            given = 0
            for row in self._shop.retriever.rows_of_type(type_id, 4 * POOL).tolist():
                end = self._shop.end(row)
                fits = list(self._judged(end, self._fit.proven(self._source, end)))
                yield from fits
                given += bool(fits)
                if given == self._each:
                    break

    def siblings(self) -> Iterator[Related]:
        """Yield variants, other brands and substitutes of the product's own kind."""
        if self._source.type_id < 0:
            return
        counts: dict[Relation, int] = {}
        for row in self._shop.retriever.rows_of_type(self._source.type_id, 4 * POOL).tolist():
            end = self._shop.end(row)
            for item in self._judged(end, self._siblings.between(self._source, end)):
                counts[item.edge.relation] = counts.get(item.edge.relation, 0) + 1
                if counts[item.edge.relation] <= self._each:
                    yield item

    def _of_kind(self, lead: Edge) -> Iterator[Related]:
        shop = self._shop
        type_id = shop.kinds.type_id(lead.target)
        brief = Brief(Need("", ""), relation=lead.relation, edges=(lead,), reason=lead.why)
        given = 0
        for row in shop.retriever.rows_of_type(type_id, POOL).tolist():
            end = shop.end(row)
            accepted, refused = self._gate.judge(
                self._fit.between(self._source, end, brief, lead.relation)
            )
            self._refuse(refused)
            if any(edge.verdict.reason.startswith("mismatch_") for edge in refused):
                continue
            if shop.compatibility.has_rule(self._source.type_id, type_id) and not accepted:
                continue
            yield from (self._related(end, edge) for edge in accepted or (lead,))
            given += 1
            if given == self._each:
                return

    def _judged(self, end: End, proposals: Iterable[Proposal]) -> Iterator[Related]:
        accepted, refused = self._gate.judge(proposals)
        if end.id != self._source.id:
            self._refuse(refused)
        for edge in accepted:
            yield self._related(end, edge)

    def _refuse(self, edges: Iterable[Edge]) -> None:
        self.refused.update((edge.id, edge) for edge in edges)

    def _related(self, end: End, edge: Edge) -> Related:
        product: Product = self._shop.catalog.product(end.ref)
        return Related(
            product.sku, product.title, product.product_type, edge.confidence, edge.why, edge
        )


def _rank(item: Related) -> tuple[bool, float, str]:
    return (not item.edge.target.startswith("sku:"), -item.confidence, item.sku)
