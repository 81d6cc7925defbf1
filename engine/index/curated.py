"""Which answers rest on curated phrases that mean other product types in another catalog.

How well a phrase matches a type moves with every basket. Only a limit that it crosses matters: what
an activity's need takes for its meaning, and what the gate accepts of a curated relation.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from goeswith.engine.catalog import Snapshot
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.meaning.grounding import GROUNDED, Grounding
from goeswith.engine.model import TypePath
from goeswith.engine.pack import Pack
from goeswith.engine.pack.schema import PackRelation
from goeswith.engine.proposer.curated import CURATED_SCORE
from goeswith.engine.tags import activity_tag, from_tag, type_tag


def curated_otherwise(
    pack: Pack, old: tuple[Snapshot, Grounding], new: tuple[Snapshot, Grounding]
) -> frozenset[str]:
    """Return tags of the answers that curated knowledge may have more, or less, to say to now.

    These are answers related from a type by an entry whose ends mean other types, and answers
    planned from an activity one of whose needs does.

    Args:
        pack: the curated knowledge, the same for both.
        old: the catalog before, and what the phrases mean in it.
        new: the same of the catalog now.
    """
    found = {from_tag(type_tag(head)) for head, *_ in _related(*old) ^ _related(*new)}
    for activity in pack.activities:
        names = (name for need in activity.needs for name in need.names)
        if any(_meant(name, *old) != _meant(name, *new) for name in names):
            found.add(activity_tag(activity.id))
    return frozenset(found)


def _related(
    catalog: Snapshot, grounding: Grounding
) -> set[tuple[TypePath, TypePath, PackRelation, int]]:
    types = catalog.types
    return {
        (types[item.head], types[item.tail], item.entry, _grade(item.score))
        for type_id in range(len(types))
        for item in grounding.relations(type_id)
    }


def _meant(phrase: str, catalog: Snapshot, grounding: Grounding) -> set[tuple[TypePath, int]]:
    meanings = grounding.meanings(phrase)
    return {(catalog.types[item.type_id], _grade(item.score)) for item in meanings}


def _grade(score: float) -> int:
    return bisect_right(_limits(), score)


@cache
def _limits() -> list[float]:
    demands = load_policy().relation.values()
    return sorted({GROUNDED, *(demand.min_confidence / CURATED_SCORE for demand in demands)})
