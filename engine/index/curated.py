"""Which answers rest on curated phrases that mean other product types in another catalog.

How well a phrase matches a type moves with every basket. Only a limit that it crosses matters: what
an activity's need takes for its meaning, and what the gate accepts of a curated relation.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cache

from goeswith.engine.catalog import Snapshot
from goeswith.engine.gate.policy import Demand, load_policy
from goeswith.engine.meaning.grounding import GROUNDED, Grounding, pack_ends
from goeswith.engine.model import TypePath
from goeswith.engine.pack import Pack
from goeswith.engine.pack.schema import PackRelation
from goeswith.engine.proposer.curated import CURATED_SCORE
from goeswith.engine.tags import activity_tag, from_tag, type_tag

_Meaning = tuple[TypePath, int]
_Meant = Callable[[str], frozenset[_Meaning]]


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
    was, now = _meant(*old), _meant(*new)
    found: set[str] = set()
    for written in pack.relations:
        for entry in pack_ends(written):
            before, after = (_related(entry, meant) for meant in (was, now))
            found.update(from_tag(type_tag(head)) for head, _, _ in before ^ after)
    for activity in pack.activities:
        names = {name for need in activity.needs for name in (need.phrase, *need.synonyms)}
        if _differ(names, was, now):
            found.add(activity_tag(activity.id))
    return frozenset(found)


def _meant(catalog: Snapshot, grounding: Grounding) -> _Meant:
    limits = sorted({GROUNDED, *(d.min_confidence / CURATED_SCORE for d in _demands())})

    @cache
    def meant(phrase: str) -> frozenset[_Meaning]:
        return frozenset(
            (catalog.types[item.type_id], bisect_right(limits, item.score))
            for item in grounding.meanings(phrase)
        )

    return meant


def _demands() -> Iterable[Demand]:
    return load_policy().relation.values()


def _related(entry: PackRelation, meant: _Meant) -> set[tuple[TypePath, TypePath, int]]:
    """Return what an entry relates, and the grade of each pair: that of its weaker end."""
    return {
        (head, tail, min(grade, other))
        for head, grade in meant(entry.head)
        for tail, other in meant(entry.tail)
    }


def _differ(names: Iterable[str], was: _Meant, now: _Meant) -> bool:
    return any(was(name) != now(name) for name in names)
