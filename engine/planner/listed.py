"""A shopping list: a question that names several things, each of them a need of its own.

"Bread, milk and eggs" are three things; "macaroni and cheese" is one, because the shop has a kind
that is called so, and "apple and orange juice" are two juices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from goeswith.engine.graph.outline import Brief, Outline, ranked
from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.kinds import head_nouns
from goeswith.engine.model import Need
from goeswith.engine.planner.anchor import kinds_called, kinds_named, kinds_narrowed
from goeswith.engine.planner.finding import finding
from goeswith.engine.planner.said import names
from goeswith.engine.retrieval.text import content_terms, terms

MOST_THINGS = 12
"""A longer list is read as a text."""

MOST_WORDS = 5
"""Words of one thing."""

POOL = 24
"""Products near the whole whose titles are read."""

# "Plus" is part of names ("iphone 7 plus case"), and so is the sign behind a letter or a figure.
_JOINT = re.compile(r"\s*[,;&]\s*(?:and\s+)?|\s+(?:and|\+)\s+")


def listed(shop: Shop, need: Need, most: int) -> Outline | None:
    """Plan one need for each thing that a phrase lists, None where it is no list.

    Parts must be names of things that this shop has kinds for, two at least and more than half of
    them, and the whole must not; what is not sold is told.
    Of a longer list the first `most` things are planned, and a note says so.
    """
    parts = [part for part in _JOINT.split(need.phrase) if part]
    if not 1 < len(parts) <= MOST_THINGS or any(len(terms(p)) > MOST_WORDS for p in parts):
        return None
    if shop.pack.has_activity_called(need.phrase) or _is_one_thing(shop, need.phrase, parts):
        return None
    things = [_in_full(shop, part, parts[-1]) for part in parts]
    kinds = [_kinds_of(shop, thing) for thing in things]
    sold = [own for own in kinds if own]
    if len(sold) < 2 or 2 * len(sold) <= len(kinds) or len(set(sold)) < len(sold):
        return None
    briefs: list[Brief] = []
    notes: list[str] = []
    for number, thing in enumerate(things[:most], start=1):
        own = replace(need, id=f"n{number}", phrase=thing)
        found = finding(shop, own)
        briefs += found.briefs if found is not None else [Brief(own)]
        notes += found.notes if found is not None else (f"Nothing here says '{thing}'.",)
    if len(things) > most:
        notes.append(f"The list has {len(things)} things; these are the first {most}.")
    return Outline("knowledge", ranked(briefs), notes=tuple(dict.fromkeys(notes)))


def _is_one_thing(shop: Shop, phrase: str, parts: Sequence[str]) -> bool:
    """Tell whether one kind or product bears the whole name.

    A shelf of several things ("Peanut butter/jelly") is the kind of none: its nouns are theirs.
    """
    nouns = [head_nouns(part) for part in parts]
    wanted = [set(content_terms(name)) for name in (phrase, *shop.retriever.variants(phrase))]
    for type_id in shop.retriever.types(phrase, POOL).type_ids.tolist():
        for heads, words in shop.kinds.segments(type_id)[-1:]:
            shelf = all(own & heads for own in nouns)
            if not shelf and any(one <= words for one in wanted):
                return True
    rows = shop.retriever.products(phrase, POOL).rows.tolist()
    return any(names(shop.catalog.title(row), terms(phrase)) for row in rows)


def _in_full(shop: Shop, part: str, last: str) -> str:
    """Return a part with the noun that the last one says for both: the "apple" of apple juice."""
    noun = last.rsplit(maxsplit=1)[-1]
    whole = f"{part} {noun}"
    said = len(last.split()) > 1 and part != last and noun not in part.split()
    return whole if said and kinds_named(shop, whole, kinds_called(shop, whole)) else part


def _kinds_of(shop: Shop, phrase: str) -> frozenset[int]:
    """Return the kinds that a phrase names, or names and tells more of."""
    called = kinds_called(shop, phrase)
    return frozenset(kinds_named(shop, phrase, called) or kinds_narrowed(shop, phrase, called))
