"""What a need of the curated knowledge means in one shop, and the phrase that means it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from goeswith.engine.graph.outline import Brief
from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.grounding import GROUNDED, Meaning
from goeswith.engine.meaning.kinds import QUALIFIERS, head_nouns
from goeswith.engine.model import Constraints, Need
from goeswith.engine.pack.schema import Activity, PackNeed
from goeswith.engine.planner.anchor import kinds_called, kinds_named
from goeswith.engine.planner.finding import finding
from goeswith.engine.planner.said import titled_so
from goeswith.engine.retrieval.text import content_terms, terms

ANYTHING = frozenset({"ingredient", "supply", "essential", "item", "stuff", "thing", "idea"})
"""Who asks for the ingredients of a dish has named nothing of it."""

ALTERNATIVE = 0.6
"""What a usual alternative counts beside the thing a need names."""


def meant(shop: Shop, need: PackNeed) -> tuple[str, tuple[Meaning, ...]]:
    """Return what a need means here, and the phrase that means it.

    Alternatives are offered behind the thing itself, and under their own name where the shop does
    not sell the thing.
    """
    grounding = shop.grounding
    own = sure(shop, grounding.meanings(need.phrase), need.phrase)
    others = sure(shop, grounding.meanings_of(need.synonyms), *need.synonyms)
    if own:
        called = [m for m in own if shop.kinds.is_called(m.type_id, need.phrase)] or own
        known = {meaning.type_id for meaning in own}
        near = (m for m in own if m not in called)
        also = (m for m in others if m.type_id not in known)
        behind = called[0].score * ALTERNATIVE
        rest = (Meaning(m.type_id, m.score * behind) for m in (*near, *also))
        return need.phrase, (*called, *rest)
    named = (name for name in need.synonyms if sure(shop, grounding.meanings(name), name))
    name = next(named, need.phrase)
    return name, sure(shop, grounding.meanings(name), name)


def sure(shop: Shop, meanings: Sequence[Meaning], *names: str) -> tuple[Meaning, ...]:
    """Return the meanings that are near enough, and those that a name names or holds whole.

    A rare shelf is never near: "rain covers" is what a "camera rain cover" means all the same, and
    "mops: sponge, deck, dust" what a "mop" does.
    """
    kinds = shop.kinds
    spoken = [set(terms(name)) for name in names]
    found = []
    for meaning in meanings:
        words = set(terms(kinds.label(meaning.type_id)))
        held = len(words) > 1 and any(words <= name for name in spoken)
        called = any(kinds.is_called(meaning.type_id, name) for name in names)
        if held or called or meaning.score >= GROUNDED:
            found.append(Meaning(meaning.type_id, max(meaning.score, GROUNDED)))
    return tuple(found)


def of_activity(asked: Constraints, activity: Activity, phrase: str) -> Constraints:
    """Return what is asked of the products of one need.

    "Keto" in the name of an activity is what its needs were chosen for; no product has to say it
    again, unless the need says it ("gluten free bread").
    """
    named = frozenset(word for name in activity.names for word in terms(name))
    own = frozenset(terms(phrase))
    kept = tuple(
        (name, value)
        for name, value in asked.attributes
        if not frozenset(terms(value)) <= named or frozenset(terms(value)) <= own
    )
    return replace(asked, attributes=kept)


def first_wanted(shop: Shop, wanted: Need, briefs: Sequence[Brief]) -> list[Brief]:
    """Return the needs of an activity, what was asked for by name before the rest.

    Who asks for flowers for Mother's Day wants the bouquet first, and a need of its own where the
    activity has none.
    """
    if ANYTHING.issuperset(content_terms(wanted.phrase)):
        return list(briefs)
    named = set(kinds_named(shop, wanted.phrase, kinds_called(shop, wanted.phrase)))
    heads = head_nouns(wanted.phrase)
    own = [
        brief
        for brief in briefs
        if named & set(brief.type_ids) or (brief.type_ids and heads & set(terms(brief.need.phrase)))
    ]
    if own:
        return [*own, *(brief for brief in briefs if brief not in own)]
    found = finding(shop, wanted)
    return [*(found.briefs if found else ()), *briefs]


def only_qualifies(shop: Shop, phrase: str) -> bool:
    """Tell whether all that a phrase shares with an activity is a word that says which thing.

    "Diet" is the name of one; in "diet coke" it says which coke.
    """
    first, *rest = content_terms(phrase)
    if not rest or first not in QUALIFIERS:
        return False
    return not shop.pack.find_activity(" ".join(rest), 1)


def names_a_product(shop: Shop, phrase: str) -> bool:
    """Tell whether words are what a kind that people buy is called, and no activity is.

    Who says "bread" wants bread; who wants to bake it says so. "Chili sauce" is what bottles are
    titled, and no pot of chili.
    """
    if shop.pack.has_activity_called(phrase):
        return False
    if only_qualifies(shop, phrase) or titled_so(shop, Need("n1", phrase)) is not None:
        return True
    named = kinds_named(shop, phrase, kinds_called(shop, phrase))
    bought = shop.behaviour.type_popularity
    return any(bought[type_id] or not bought.any() for type_id in named)
