"""What a tool tells a model: the same facts as the contract, without what only a machine needs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from goeswith.engine.answer import Answer
from goeswith.engine.model import Graph, Offer, Relation, type_name
from goeswith.engine.views.relations import ProductRelations, Related


class Offered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product of this shop."""

    sku: str
    title: str
    product_type: str
    why: Annotated[str, Meta(description="Why it is offered, in words for a shopper.")]
    score: Annotated[float, Meta(description="How well it is chosen for the need, 0 to 1.")]
    offer: Annotated[
        Offer | None, Meta(description="Price and availability now, when they were asked for.")
    ] = None


class Covered(msgspec.Struct, frozen=True):
    """A need and the products that cover it, best first."""

    need: str
    after: Annotated[tuple[str, ...], Meta(description="Needs that are decided before this one.")]
    products: tuple[Offered, ...]


class ToldAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: products of this shop by need, each with a reason."""

    question: str
    groups: tuple[Covered, ...]
    from_cache: bool
    starting_from: Annotated[
        tuple[str, ...], Meta(description="What the shopper has already, as it was understood.")
    ] = ()
    cut_short: Annotated[
        tuple[str, ...],
        Meta(description="Limits that cut the answer short; ask again later for the whole one."),
    ] = ()
    notes: Annotated[
        tuple[str, ...], Meta(description="How the question was taken, where that is not plain.")
    ] = ()
    graph: Annotated[
        Graph | None,
        Meta(description="Every edge with its evidence and verdict, when it was asked for."),
    ] = None


class Other(msgspec.Struct, frozen=True):
    """A product that stands in a relation."""

    sku: str
    title: str
    product_type: str
    confidence: Annotated[float, Meta(description="How sure the relation is, 0 to 1.")]
    why: str


class ToldRelations(msgspec.Struct, frozen=True):
    """What relates to a product, by relation, the surest first."""

    sku: str
    title: str
    product_type: str
    relations: dict[Relation, tuple[Other, ...]]
    refused: Annotated[int, Meta(description="Candidate relations that the gate turned down.")]


def told_answer(answer: Answer, *, graph: bool) -> ToldAnswer:
    """Return what a model is told of an answer."""
    body = answer.data()
    phrases = {need.id: need for need in body.plan.needs}
    served = {group.need for group in body.groups}
    groups = tuple(
        Covered(
            phrases[group.need].phrase,
            tuple(phrases[above].phrase for above in phrases[group.need].depends_on),
            tuple(
                Offered(
                    product.sku,
                    product.title,
                    type_name(product.product_type),
                    product.why,
                    product.score,
                    product.offer if isinstance(product.offer, Offer) else None,
                )
                for product in group.products
            ),
        )
        for group in body.groups
    )
    given = (need.phrase for need in body.plan.needs if need.anchor and need.id not in served)
    return ToldAnswer(
        question=answer.question,
        groups=groups,
        starting_from=tuple(given),
        cut_short=body.degraded,
        notes=body.notes,
        from_cache=answer.cache.tier != "none",
        graph=body.graph if graph else None,
    )


def told_relations(found: ProductRelations) -> ToldRelations:
    """Return what a model is told of a product's relations."""
    return ToldRelations(
        found.sku,
        found.title,
        type_name(found.product_type),
        {relation: tuple(map(_other, items)) for relation, items in found.relations.items()},
        len(found.refused),
    )


def _other(item: Related) -> Other:
    return Other(item.sku, item.title, type_name(item.product_type), item.confidence, item.why)
