"""Questions that this shop can answer well, for somebody who does not know what to ask."""

from __future__ import annotations

import itertools

import numpy as np

from goeswith.engine.engine import Engine
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Relation
from goeswith.engine.pack.schema import Activity
from goeswith.engine.request import Limits, Request

GROUNDED = 0.7
"""How well both ends of a relation must match types of the shop to stand in an example."""

COVERED = 0.5
"""How well the needs of an occasion must match."""

LIFT = 3.0
LOOKED_AT = 300
"""Types, by how often they are bought."""

TRIED = 24
"""Questions that are tried."""

NEEDS = 2
"""Needs that the answer to an example must at least cover."""

FITS = {Relation.ACCESSORY, Relation.REQUIRED_PART}


def examples(engine: Engine, most: int) -> list[str]:
    """Return questions of several kinds that were tried and answered, without an LM and unstored.

    Where few answers cover several needs, those that cover one fill up the list.
    """
    scarce: list[str] = []
    found: list[str] = []
    for question in _candidates(engine.shop)[:TRIED]:
        asked = Request(question, budget=Limits(lm_calls=0))
        covered = len(engine.ask(asked, use_cache=False).data().groups)
        if covered >= NEEDS:
            found.append(question)
        elif covered:
            scarce.append(question)
        if len(found) == most:
            break
    return [*found, *scarce][:most]


def _candidates(shop: Shop) -> list[str]:
    kinds = [
        [f"what goes with {phrase}" for phrase in _bought_together(shop)],
        [f"what do I need for {name}" for name in _occasions(shop)],
        [f"accessories for {title}" for title in _devices(shop)],
    ]
    taken = itertools.chain.from_iterable(itertools.zip_longest(*kinds))
    return [question for question in taken if question]


def _bought_together(shop: Shop) -> list[str]:
    found = []
    for type_id in _popular_types(shop):
        for item in shop.grounding.relations(type_id):
            if item.entry.relation is Relation.OFTEN_BOUGHT_WITH and item.score >= GROUNDED:
                pair = shop.behaviour.type_pair(item.head, item.tail)
                if pair.lift_low >= LIFT:
                    found.append((-pair.support, item.entry.head, item.entry.tail))
    told: list[str] = []
    met: set[str] = set()
    for _, head, tail in sorted(found):
        if met.isdisjoint((head, tail)):
            told.append(head)
        met |= {head, tail}
    return told


def _occasions(shop: Shop) -> list[str]:
    scored = [(_covered(shop, activity), activity) for activity in shop.pack.activities]
    sure = [(score, activity) for score, activity in scored if score >= COVERED]
    return [a.names[0] for _, a in sorted(sure, key=lambda item: (-item[0], item[1].id))]


def _covered(shop: Shop, activity: Activity) -> float:
    """Return how well the worst but one of an activity's needs is found in the shop."""
    scores = sorted(
        max((m.score for m in shop.grounding.meanings_of(n.names)), default=0.0)
        for n in activity.needs
    )
    return scores[1] if len(scores) > 3 else 0.0


def _devices(shop: Shop) -> list[str]:
    found: dict[str, int] = {}
    for type_id in _popular_types(shop):
        fits = [i for i in shop.grounding.relations(type_id) if i.entry.relation in FITS]
        if not any(shop.compatibility.has_rule(item.head, item.tail) for item in fits):
            continue
        rows = shop.catalog.rows_of_type(type_id)
        if len(rows):
            row = int(rows[int(np.argmax(shop.behaviour.popularity[rows]))])
            found[shop.catalog.title(row)] = int(shop.behaviour.popularity[row])
    return sorted(found, key=lambda title: (-found[title], title))


def _popular_types(shop: Shop) -> list[int]:
    order = np.argsort(-shop.behaviour.type_popularity, kind="stable")
    return [int(type_id) for type_id in order[:LOOKED_AT]]
