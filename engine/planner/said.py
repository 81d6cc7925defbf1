"""Products that say themselves what was asked for, where no kind of the shop is called so.

Shops name a kind in many ways ("Wrist Watches" under "Women"), and few kinds by all the words of a
question ("pirate costume"). A product whose title and kind say every word is what was meant; so is
one whose title holds the very name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from goeswith.engine.graph.outline import Brief
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Constraints, Need
from goeswith.engine.retrieval.text import content_terms, terms

SAYS = "says"
"""The attribute of a constraint that a title or the name of a kind fulfils by its words."""

ENOUGH = 3
"""So many products that say a word make it a condition; fewer only come first."""

TELLING = 3
"""So many words, all said of one product, tell what it is whatever its kind is called."""

MOST_WORDS = 6
"""A longer phrase is a sentence: no product says all of it."""

POOL = 24
"""Products near a phrase whose titles are read."""

_AFTER = frozenset(
    {"and", "by", "for", "from", "in", "of", "on", "or", "to", "w", "with", "without"}
)
"""A name in a title is over where one of these follows."""

_PART = re.compile(r"[,;:|()\[\]/&\"]|\s[-\u2013\u2014]+\s|\s-|-\s")


Condition = tuple[str, str]
"""The name of an attribute and its value."""


def demanding(limits: Constraints, conditions: Sequence[Condition]) -> Constraints:
    """Return the constraints with conditions besides; what they demand already is left out."""
    known = {word for _, value in limits.attributes for word in content_terms(value)}
    new = tuple(c for c in conditions if c[1] not in known)
    return replace(limits, attributes=(*limits.attributes, *new))


def saying(limits: Constraints, words: Sequence[str]) -> Constraints:
    """Return the constraints with each word to be said besides."""
    return demanding(limits, [(SAYS, word) for word in words])


def as_said(phrase: str, words: Sequence[str]) -> str:
    """Return terms as the phrase spells them: "christmas", where the term is "christma"."""
    plain = [word for word in phrase.split() if word.isalnum()]
    spelled = {term: word for word in plain for term in content_terms(word)}
    return " ".join(spelled.get(word, word) for word in words)


def count(shop: Shop, limits: Constraints, phrase: str, kinds: tuple[int, ...] = ()) -> int:
    """Return how many products a phrase finds within limits, `ENOUGH` at most.

    Kinds that are empty mean every kind.
    """
    hits = shop.retriever.products(phrase, ENOUGH, constraints=limits, type_ids=kinds or None)
    return len(hits)


def saying_all(shop: Shop, need: Need, kinds: Sequence[int]) -> Brief | None:
    """Return where products say every word of a need's phrase.

    Args:
        shop: the snapshot.
        need: the need; its phrase has at least two words, or this is for another reading.
        kinds: types that the phrase is about, the nearest first. They are looked into before all
            others, with the products that have no type.

    Returns:
        None where too few products say them all to make a choice, and where words are so few that
        products of another kind may say them by chance.
    """
    words = content_terms(need.phrase)
    if not 1 < len(words) <= MOST_WORDS:
        return None
    limits = saying(need.constraints, words)
    asked = replace(need, constraints=limits)
    types = tuple(dict.fromkeys((*kinds, *shop.untyped)))
    if kinds and count(shop, limits, need.phrase, types) >= ENOUGH:
        return Brief(asked, type_ids=types, named_types=types, query=need.phrase)
    if len(words) >= TELLING and count(shop, limits, need.phrase):
        return Brief(asked, query=need.phrase)
    return None


def titled_so(shop: Shop, need: Need) -> Brief | None:
    """Return where titles hold a need's phrase as the name of the thing; None where none does.

    "Double-Layer Neck Warmer, blue" is a neck warmer; "red wine vinegar" is no red wine.
    """
    words = terms(need.phrase)
    if not 1 < len(words) <= MOST_WORDS:
        return None
    limits = saying(need.constraints, content_terms(need.phrase))
    rows = shop.retriever.products(need.phrase, POOL, constraints=limits).rows.tolist()
    if not any(names(shop.catalog.title(row), words) for row in rows):
        return None
    return Brief(replace(need, constraints=limits), query=need.phrase)


def names(title: str, words: Sequence[str]) -> bool:
    """Tell whether a title is, in one of its parts, the name of a thing that ends in the words."""
    return any(_ends_with(part.split(), list(words)) for part in _PART.split(title))


def _ends_with(part: list[str], words: list[str]) -> bool:
    """Tell whether the words end a part of a title, or what stands before a linking word in it."""
    plain = [terms(word) for word in part]
    ends = [place for place, word in enumerate(part) if word.lower() in _AFTER]
    for end in (*ends, len(part)):
        said = [term for word in plain[:end] for term in word]
        # Sizes and numbers behind a name say nothing else of the thing.
        while said and any(c.isdigit() for c in said[-1]) and said[-1] not in words:
            said.pop()
        if said[-len(words) :] == words:
            return True
    return False
