"""Edges between types put together into needs, and how much each speaks for its need."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from goeswith.engine.kinds import Kinds
from goeswith.engine.model import Edge, Evidence

Cluster = list[tuple[float, Edge]]
"""Edges that bring up one need, each with its strength in 0..1, strongest first."""

SAID_WEIGHT = 0.5
Z_SCALE = 25.0


def by_function(edges: Iterable[Edge], weights: Mapping[str, float], kinds: Kinds) -> list[Cluster]:
    """Put edges together whose targets do the same job as the strongest of them.

    Args:
        edges: accepted edges between types.
        weights: how well each anchor type (by node id) is what the shopper meant, in 0..1.
        kinds: compares types.
    """
    found: list[Cluster] = []
    for score, edge in _ranked(edges, weights):
        target = kinds.type_id(edge.target)
        for cluster in found:
            if kinds.same_function(kinds.type_id(cluster[0][1].target), target):
                cluster.append((score, edge))
                break
        else:
            found.append([(score, edge)])
    return found


def by_name(edges: Iterable[Edge], weights: Mapping[str, float], kinds: Kinds) -> list[Cluster]:
    """Put edges together whose targets are called the same."""
    found: dict[str, Cluster] = {}
    for score, edge in _ranked(edges, weights):
        found.setdefault(kinds.name(kinds.type_id(edge.target)), []).append((score, edge))
    return list(found.values())


def _ranked(edges: Iterable[Edge], weights: Mapping[str, float]) -> Cluster:
    weighed = ((strength(edge) * weights.get(edge.source, 0.0), edge) for edge in edges)
    return sorted(weighed, key=lambda item: (-item[0], item[1].id))


def strength(edge: Edge) -> float:
    """Return how much an edge speaks for a need, in 0..1, for ranking needs.

    Behaviour counts by z, the signed root of the Poisson deviance of joint purchases: a need should
    be both far from chance and common; what is only said adds half of its score.
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
    return 1.0 - math.exp(-max(0.0, z) / Z_SCALE)
