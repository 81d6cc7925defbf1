"""A question that names a thing: one need, and where to look for it."""

from __future__ import annotations

from goeswith.engine.graph.outline import Brief, Outline
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Evidence, Need
from goeswith.engine.planner.anchor import kinds_called, kinds_named, kinds_narrowed
from goeswith.engine.planner.heads import headed
from goeswith.engine.planner.makers import of_maker
from goeswith.engine.planner.said import saying_all, titled_so
from goeswith.engine.retrieval.text import terms

VERSION = "finding-2"

OF_TYPE = Evidence("attribute", "supports", 0.9, "product_type", VERSION)
"""Why a product covers a need that its type names."""

TITLED_POOL = 5

UNTYPED = 0.7
"""What a product without a type counts where others are of the very kind that was asked for: a
"notebook" before whatever has the word in its title."""


def finding(shop: Shop, need: Need) -> Outline | None:
    """Plan one need: products of the kinds that its phrase names, or whatever its words find.

    Where the phrase is the name of kinds that people buy, any product of them will do. Products
    without a type may always be meant: their titles decide.
    """
    phrase, limits, retriever = need.phrase, need.constraints, shop.retriever
    called = kinds_called(shop, phrase)
    named = kinds_named(shop, phrase, called)
    bought = shop.behaviour.type_popularity
    if any(bought[t] and len(retriever.rows_of_type(t, 1, limits)) for t in named):
        return Outline("single", (Brief(need, type_ids=named, basis=(OF_TYPE,)),))
    if not named:
        said = saying_all(shop, need, called)
        own = Outline("single", (said,)) if said else of_maker(shop, need)
        if own is not None:
            return own
    types = called if named else kinds_narrowed(shop, phrase, called)
    shares = [1.0] * len(types)
    if types:
        types = (*types, *shop.untyped)
        shares += [UNTYPED if named else 1.0] * len(shop.untyped)
    if types and not len(retriever.products(phrase, 1, constraints=limits, type_ids=types)):
        types = ()
    notes: tuple[str, ...] = ()
    if not types:
        titled = titled_so(shop, need)
        if titled is not None:
            return Outline("single", (titled,))
        found = headed(shop, need)
        if not found.sold:
            told = found.notes or not found.need.constraints.empty
            return Outline("single", (Brief(found.need),), notes=found.notes) if told else None
        need, types, notes = found.need, found.type_ids, found.notes
        named, shares = types, [1.0] * len(types)
        if not len(retriever.products(phrase, 1, constraints=need.constraints)):
            return None
    brief = Brief(
        need,
        type_ids=types,
        shares=tuple(shares) if types else (),
        named_types=named if types else (),
        query=phrase,
    )
    return Outline("single", (brief,), notes=notes)


def is_titled(shop: Shop, phrase: str) -> bool:
    """Tell whether the title of some product that is near the phrase holds all its words."""
    rows = shop.retriever.products(phrase, TITLED_POOL).rows.tolist()
    titles = (set(terms(shop.catalog.title(row))) for row in rows)
    return any(set(terms(phrase)) <= title for title in titles)


def model_in(phrase: str) -> str:
    """Return the words that name a model in a phrase, "" for none: "iphone 12" of "my iphone 12".

    A bare number says nothing without the word before it.
    """
    words = terms(phrase)
    kept = set()
    for place, word in enumerate(words):
        if any(c.isdigit() for c in word):
            kept.add(place)
            if word.isdigit() and place:
                kept.add(place - 1)
    return " ".join(words[place] for place in sorted(kept))
