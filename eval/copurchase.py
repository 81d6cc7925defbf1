"""Truth from what shoppers did: product types bought together, graded by corrected lift.

Corrected lift is support over the expectation given popularity and basket sizes, so popular types
are not true for everything. Its lower 95% limit decides the grade: a rare pair must prove itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goeswith.engine.model import TypePath, type_name

if TYPE_CHECKING:
    from goeswith.engine.behaviour import Behaviour


def grades_of(
    behaviour: Behaviour, types: Sequence[TypePath], anchor: int, limits: Sequence[float]
) -> dict[str, int]:
    """Return the types significantly bought with an anchor type, with grades from 1 up.

    Args:
        behaviour: mined from the baskets that decide, never from those an arm has learnt from.
        types: type paths by type id.
        anchor: type id.
        limits: least lower limit of the corrected lift for grade 1, 2, ..., rising.
    """
    pairs = behaviour.type_neighbours(anchor)
    found: dict[str, int] = {}
    for type_id, low, significant in zip(
        pairs.ids.tolist(), pairs.lift_low.tolist(), pairs.significant.tolist(), strict=True
    ):
        grade = sum(low >= limit for limit in limits) if significant else 0
        if grade and types[type_id]:
            found[type_name(types[type_id])] = grade
    return found


def own_items(types: Sequence[TypePath], anchor: int, *, shelf: bool) -> frozenset[str]:
    """Return the types that answer nothing: the anchor's own and, with `shelf`, its kin.

    Kin are types of the same category and types of the same name. That is read from the catalog
    alone, not from the engine's judgement of what does the same job.
    """
    path = types[anchor]
    if not shelf:
        return frozenset({type_name(path)})
    category = path[:-1] or path
    return frozenset(
        type_name(other)
        for other in types
        if other and (other[: len(category)] == category or other[-1] == path[-1])
    )
