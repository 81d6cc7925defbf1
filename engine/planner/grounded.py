"""A model's need in terms of this shop: its product types, and the shopper's own constraints."""

from __future__ import annotations

from goeswith.engine.graph.outline import Brief
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Constraints, Evidence, Need
from goeswith.engine.question import Question
from goeswith.prompts.needs import NeedFound

VERSION = "grounded-1"
SURE = 0.9


def grounded(shop: Shop, need: NeedFound, question: Question) -> Brief:
    """Return where to look for a need. Without a type near enough it is looked for nowhere."""
    brief = Brief(
        Need(
            need.id,
            need.phrase,
            depends_on=need.depends_on,
            constraints=narrowed(need, question),
            anchor=need.anchor,
        )
    )
    return meaning(shop, brief, need.phrase)


def meaning(shop: Shop, brief: Brief, query: str) -> Brief:
    """Return the brief with the types that a query means, unchanged where it means none."""
    from msgspec.structs import replace

    scores = shop.meanings.of(query)
    if not scores:
        return brief
    best = max(scores.values())
    found = Evidence(
        "attribute", "supports", round(min(SURE, best), 4), "product_type/meaning", VERSION
    )
    return replace(
        brief,
        type_ids=tuple(scores),
        shares=tuple(round(score / best, 4) for score in scores.values()),
        basis=(found,),
        query=query,
    )


def narrowed(need: NeedFound, question: Question) -> Constraints:
    """Return the question's constraints, tightened by what the model read in it for this need.

    A model's constraint holds only words of the question, so it can never be wider than that.
    """
    own, read = question.constraints, need.wanted
    low = [p for p in (own.price_min, read.price_min) if p is not None]
    high = [p for p in (own.price_max, read.price_max) if p is not None]
    if low and high and max(low) > min(high):
        return own
    return Constraints(
        price_min=max(low) if low else None,
        price_max=min(high) if high else None,
        brands=own.brands or read.brands,
        not_brands=tuple(dict.fromkeys((*own.not_brands, *read.not_brands))),
        attributes=own.attributes,
        not_words=tuple(dict.fromkeys((*own.not_words, *read.not_words))),
    )
