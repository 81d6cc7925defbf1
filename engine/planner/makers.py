"""The makers that titles begin with, for shops whose catalog has no column for the brand.

"Loma Linda packages" asks for what Loma Linda makes. A maker's name is told from other words by
its place: most titles that hold it begin with it. "Gluten free" stands anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from goeswith.engine.graph.outline import Brief, Outline
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Constraints, Need
from goeswith.engine.planner.said import MOST_WORDS, as_said, count, saying
from goeswith.engine.retrieval.text import content_terms, terms

LONGEST = 3
"""Words of a maker's name."""

POOL = 40
"""Products that hold a name whose titles are read."""

LEAST = 2
"""Titles that must begin with a name."""

SHARE = 0.6
"""The part of the titles that hold a name which must begin with it."""


def of_maker(shop: Shop, need: Need) -> Outline | None:
    """Plan one need: what the maker makes that a phrase begins with, None where it names none.

    What the rest of the phrase says is a condition as far as products of this maker say it.
    """
    words = content_terms(need.phrase)
    if len(words) > MOST_WORDS:
        return None
    maker = _maker(shop, words)
    if not maker:
        return None
    limits = saying(need.constraints, maker)
    unsaid = []
    for word in words[len(maker) :]:
        narrower = saying(limits, (word,))
        if count(shop, narrower, need.phrase):
            limits = narrower
        else:
            unsaid.append(word)
    if not count(shop, limits, need.phrase):
        return None
    name = as_said(need.phrase, maker).title()
    told = as_said(need.phrase, unsaid)
    notes = (f"Nothing of {name} here says '{told}'.",) if unsaid else ()
    brief = Brief(replace(need, constraints=limits), query=need.phrase)
    return Outline("single", (brief,), notes=notes)


def _maker(shop: Shop, words: Sequence[str]) -> Sequence[str]:
    """Return the words at the beginning that are a maker's name, the longest name that is one."""
    for size in range(min(LONGEST, len(words)), 0, -1):
        name = words[:size]
        if all(word.isalpha() and len(word) > 1 for word in name) and _begins_titles(shop, name):
            return name
    return ()


def _begins_titles(shop: Shop, name: Sequence[str]) -> bool:
    """Tell whether most titles that hold a name begin with it, and no kind of product has it."""
    if shop.retriever.names_types(*name):
        return False
    rows = shop.retriever.products(" ".join(name), POOL, constraints=saying(Constraints(), name))
    titles = [terms(shop.catalog.title(row)) for row in rows.rows.tolist()]
    holding = [title for title in titles if set(name) <= set(title)]
    begun = sum(title[: len(name)] == list(name) for title in holding)
    return begun >= LEAST and begun >= SHARE * len(holding)
