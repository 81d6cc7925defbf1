"""Where no kind of the shop bears the name that was asked for: which word decides, and which ranks.

The last noun of a phrase is what is wanted, so a product must say it or be of a kind that does:
"red wine" is no red grapes. The words before it narrow it where products say them. Where none does,
a word that only qualifies ("red") is told to be unknown, and a word that makes another thing of the
noun ("lunch box") leaves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.kinds import QUALIFIERS, head_nouns
from goeswith.engine.model import Constraints, Need
from goeswith.engine.planner.anchor import kinds_called, kinds_named
from goeswith.engine.planner.said import (
    ENOUGH,
    MOST_WORDS,
    SAYS,
    Condition,
    as_said,
    count,
    demanding,
)
from goeswith.engine.retrieval.text import content_terms


class Headed(NamedTuple):
    """Where to look: the need with what its products must say, the kinds, and what is unknown.

    Nothing is to be looked for where `sold` is false. Kinds that are empty mean every kind.
    """

    need: Need
    type_ids: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    sold: bool = True


def headed(shop: Shop, need: Need) -> Headed:
    """Return where the noun that a need's phrase is about is sold.

    A phrase whose noun nothing says is looked for everywhere if its meaning alone is near enough.
    """
    phrase, retriever = need.phrase, shop.retriever
    if len(content_terms(phrase)) > MOST_WORDS:
        return Headed(need, sold=retriever.is_near(phrase))
    known: Headed | None = None
    for name in dict.fromkeys((retriever.wording(phrase), phrase, *retriever.variants(phrase))):
        found = _as_named(shop, need, name)
        if found is not None and found.sold:
            return found
        known = known or found
    return known or Headed(need, sold=retriever.is_near(phrase))


def _as_named(shop: Shop, need: Need, name: str) -> Headed | None:
    """Return where the noun of one wording is sold, None where nothing has to do with it."""
    words, nouns = content_terms(name), head_nouns(name)
    place = next((at for at, word in enumerate(words) if word in nouns), None)
    if place is None:
        return None
    start, kinds = _kinds_at_the_end(shop, words[: place + 1])
    must = () if kinds else ((SAYS, words[place]),)
    phrase, limits = need.phrase, need.constraints
    if not count(shop, demanding(Constraints(), must), phrase, kinds):
        return None
    others = (*words[:start], *words[place + 1 :])
    told = _conditions(shop, demanding(Constraints(), must), phrase, kinds, others)
    whole, own = demanding(limits, (*must, *told)), demanding(limits, must)
    some = count(shop, whole, phrase, kinds)
    if some >= ENOUGH:
        return Headed(replace(need, constraints=whole), kinds)
    if some:
        return Headed(replace(need, constraints=own), kinds)
    if not count(shop, own, phrase, kinds):
        return Headed(need, sold=False)
    notes = (f"Nothing here says '{as_said(phrase, others)}'.",) if others else ()
    if not kinds or not any(_makes_another_thing(shop, word) for word in others):
        return Headed(replace(need, constraints=own), kinds, notes)
    own = demanding(limits, ((SAYS, words[place]),))
    near = _near(shop, phrase)
    if near and count(shop, own, phrase, near):
        return Headed(replace(need, constraints=own), near, notes)
    return Headed(need, notes=(f"Nothing here says '{as_said(phrase, words)}'.",), sold=False)


def _near(shop: Shop, phrase: str) -> tuple[int, ...]:
    """Return the kinds that mean nearly what a phrase means, and those without a name."""
    return (*shop.retriever.types_near(phrase), *shop.untyped)


def _kinds_at_the_end(shop: Shop, words: Sequence[str]) -> tuple[int, tuple[int, ...]]:
    """Return the kinds that the longest end of a name names, and the place where it begins."""
    for start in range(len(words)):
        tail = " ".join(words[start:])
        if named := kinds_named(shop, tail, kinds_called(shop, tail)):
            return start, named
    return len(words) - 1, ()


def _makes_another_thing(shop: Shop, word: str) -> bool:
    """Tell whether a word before a noun names things itself, as in "lunch box"."""
    figures = any(c.isdigit() for c in word)
    return word not in QUALIFIERS and not figures and shop.frequency(word) > 0


def _conditions(
    shop: Shop, limits: Constraints, phrase: str, kinds: tuple[int, ...], words: Sequence[str]
) -> tuple[Condition, ...]:
    """Return the conditions that words stand for: an attribute of such products, or a text."""
    rows = shop.retriever.products(phrase, ENOUGH, constraints=limits, type_ids=kinds or None).rows
    names = dict.fromkeys(name for row in rows.tolist() for name in shop.product(row).attributes)

    def condition(word: str) -> Condition:
        stated = ((name, word) for name in names)
        every = ((SAYS, word), *stated)
        return next(
            (c for c in every if count(shop, demanding(limits, (c,)), phrase, kinds)), every[0]
        )

    return tuple(map(condition, words))
