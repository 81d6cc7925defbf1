"""Orders the cards inside each rank so that few lines cross (the barycentre method)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SWEEPS = 6

Links = Mapping[str, Sequence[str]]
"""Card id to the cards it has a line to or from, once a line."""


def arrange(ranks: Sequence[Sequence[str]], links: Links) -> list[list[str]]:
    """Return the ranks with the cards of each reordered.

    Sugiyama, Tagawa and Toda (1981): sweep down and up, and place each card at the mean place of
    its neighbours in the ranks already passed. The best order seen is kept; ties keep their order,
    so the result depends on nothing but the input.
    """
    best = [list(rank) for rank in ranks]
    fewest = crossings(best, links)
    order = [list(rank) for rank in best]
    for sweep in range(SWEEPS):
        if not fewest:
            break
        numbers = range(len(order)) if sweep % 2 == 0 else range(len(order) - 1, -1, -1)
        passed: dict[str, float] = {}
        for number in numbers:
            order[number] = _by_neighbours(order[number], links, passed)
            passed.update(_places(order[number]))
        count = crossings(order, links)
        if count < fewest:
            best, fewest = [list(rank) for rank in order], count
    return best


def crossings(ranks: Sequence[Sequence[str]], links: Links) -> int:
    """Count the pairs of lines between the same two ranks that cross."""
    at = {card: (number, place) for number, r in enumerate(ranks) for place, card in enumerate(r)}
    between: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for card, (rank, place) in at.items():
        for other in links.get(card, ()):
            if other in at and at[other][0] > rank:
                between.setdefault((rank, at[other][0]), []).append((place, at[other][1]))
    return sum(_inversions([right for _, right in sorted(lines)]) for lines in between.values())


def _by_neighbours(rank: list[str], links: Links, passed: Mapping[str, float]) -> list[str]:
    own = _places(rank)
    wanted = {}
    for card in rank:
        near = [passed[other] for other in links.get(card, ()) if other in passed]
        wanted[card] = sum(near) / len(near) if near else own[card]
    return sorted(rank, key=wanted.__getitem__)


def _places(rank: Sequence[str]) -> dict[str, float]:
    """Return the place of each card in 0..1, so that ranks of different sizes compare."""
    return {card: (number + 0.5) / len(rank) for number, card in enumerate(rank)}


def _inversions(values: list[int]) -> int:
    """Count the pairs out of order, by merging."""
    if len(values) < 2:
        return 0
    half = len(values) // 2
    left, right = values[:half], values[half:]
    count = _inversions(left) + _inversions(right)
    left, right = sorted(left), sorted(right)
    place = 0
    for value in right:
        while place < len(left) and left[place] <= value:
            place += 1
        count += len(left) - place
    return count
