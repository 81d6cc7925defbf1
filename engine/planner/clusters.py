"""Edges between types put together into needs, and how much each speaks for its need."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.gate.confidence import lift_of_score
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Edge, Evidence

Numbers = NDArray[np.float64]
Cluster = list[tuple[float, Edge]]
"""Edges that bring up one need, each with its strength in 0..1, strongest first."""

FOLLOWS = 0.85
"""A type joins a need when it goes with the anchor at least this much as the need's best type."""

NAMESAKE = 0.5
"""A type of the same name counts when it speaks for the need at least this much as the best."""

SAID_WEIGHT = 0.2
Z_SCALE = 25.0
SUPPORT_SCALE = 40.0
LIFT_SCALE = 9.0
"""Joint purchases, their z and the lower bound of their lift, at which each counts much or in full.

These and FOLLOWS were chosen on a split inside the learning weeks of the grocery data.
"""


def by_function(edges: Iterable[Edge], weights: Mapping[str, float], kinds: Kinds) -> list[Cluster]:
    """Put edges together whose targets do the same job and speak for it about as much.

    A type that is much weaker than the first of its job is a need of its own, further down, unless
    it has the same name.

    Args:
        edges: accepted edges between types.
        weights: how well each anchor type (by node id) is what the shopper meant, in 0..1.
        kinds: compares types.
    """
    found: list[Cluster] = []
    leads: list[tuple[int, str, float]] = []
    for score, edge in _ranked(edges, weights):
        target = kinds.type_id(edge.target)
        name = kinds.name(target)
        for number, (first, called, least) in enumerate(leads):
            if called == name or (score >= least and kinds.same_function(first, target)):
                found[number].append((score, edge))
                break
        else:
            leads.append((target, name, FOLLOWS * score))
            found.append([(score, edge)])
    return found


def by_name(edges: Iterable[Edge], weights: Mapping[str, float], kinds: Kinds) -> list[Cluster]:
    """Put edges together whose targets are called the same, without the rare shelves of a name."""
    found: dict[str, Cluster] = {}
    for score, edge in _ranked(edges, weights):
        cluster = found.setdefault(kinds.name(kinds.type_id(edge.target)), [])
        if not cluster or score >= NAMESAKE * cluster[0][0]:
            cluster.append((score, edge))
    return list(found.values())


def _ranked(edges: Iterable[Edge], weights: Mapping[str, float]) -> Cluster:
    weighed = ((strength(edge) * weights.get(edge.source, 0.0), edge) for edge in edges)
    return sorted(weighed, key=lambda item: (-item[0], item[1].id))


def strength(edge: Edge) -> float:
    """Return how much an edge speaks for a need, in 0..1, for ranking needs.

    Behaviour counts half by z, the signed root of the Poisson deviance of joint purchases, and half
    by how far the lift is above chance, once there is enough of it: a need should be common and
    telling. What is only said adds a fifth of its score.
    """
    doubt = 1.0
    for item in edge.evidence:
        if item.polarity == "supports":
            of_baskets = item.kind == "behaviour"
            doubt *= 1.0 - (_behaviour_strength(item) if of_baskets else SAID_WEIGHT * item.score)
    return 1.0 - doubt


def _behaviour_strength(item: Evidence) -> float:
    k, e = item.support, item.expected
    if k <= 0 or e <= 0.0:
        return item.score
    z = math.copysign(math.sqrt(max(0.0, 2.0 * (k * math.log(k / e) - (k - e)))), k - e)
    common = 1.0 - math.exp(-max(0.0, z) / Z_SCALE)
    lift = min(LIFT_SCALE, max(1.0, lift_of_score(item.score)))
    telling = (1.0 - math.exp(-k / SUPPORT_SCALE)) * math.log(lift) / math.log(LIFT_SCALE)
    return 0.5 * (common + telling)


def strengths(support: Numbers, expected: Numbers, low: Numbers) -> Numbers:
    """Return `strength` for many edges that baskets alone speak for.

    Args:
        support: Joint purchases, at least one.
        expected: Those that chance gives.
        low: Lower limits of the lift.
    """
    surprise = 2.0 * (support * np.log(support / expected) - (support - expected))
    z = np.copysign(np.sqrt(np.maximum(surprise, 0.0)), support - expected)
    common = 1.0 - np.exp(-np.maximum(z, 0.0) / Z_SCALE)
    lift = np.log(np.clip(low, 1.0, LIFT_SCALE)) / math.log(LIFT_SCALE)
    told: Numbers = 0.5 * (common + (1.0 - np.exp(-support / SUPPORT_SCALE)) * lift)
    return told
