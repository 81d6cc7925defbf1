"""Edges between types put together into needs, and how much each speaks for its need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from goeswith.engine.behaviour.strength import strength as baskets_strength
from goeswith.engine.gate.confidence import lift_of_score
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Edge, Evidence

Cluster = list[tuple[float, Edge]]
"""Edges that bring up one need, each with its strength, strongest first.

The strength is in 0..1, and 1 and its share where the need completes the basket.
"""

FOLLOWS = 0.85
"""A type joins a need when it goes with the anchor at least this much as the need's best type.

Chosen on a split inside the learning weeks of the grocery data.
"""

NAMESAKE = 0.5
"""A type of the same name counts when it speaks for the need at least this much as the best."""

SAID_WEIGHT = 0.2


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
    weighed = ((_weighed(edge, weights), edge) for edge in edges)
    return sorted(weighed, key=lambda item: (-item[0], item[1].id))


def _weighed(edge: Edge, weights: Mapping[str, float]) -> float:
    """Return a score for ranking: what completes the basket first, by its share."""
    share = max((item.share for item in edge.evidence), default=0.0)
    return 1.0 + share if share else strength(edge) * weights.get(edge.source, 0.0)


def strength(edge: Edge) -> float:
    """Return how much an edge speaks for a need, in 0..1, for ranking needs.

    Baskets count as `behaviour.strength` says. What is only said adds a fifth of its score.
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
    return baskets_strength(k, e, lift_of_score(item.score))
