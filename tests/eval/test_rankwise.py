from __future__ import annotations

import pytest

from goeswith.eval.loaders.multihop import Hop, Multihop
from goeswith.eval.rankwise import (
    best_title,
    by_rank,
    gold,
    logicrag_rounds,
    outline_of,
    recall,
    rounds,
    ways_of,
)

PASSAGES = ["Journal X is published by Acme.", "Acme was founded by Ann.", "Bob likes tea."]
TITLES = ["Journal X", "Acme", "Bob"]
HOPS = (Hop("Who publishes Journal X?", "Acme"), Hop("Who founded #1?", "Ann"))
QUESTION = Multihop("Who founded the publisher of Journal X?", frozenset({0, 1}), HOPS)


def words(text: str) -> set[str]:
    return set(text.lower().replace("?", "").replace(".", "").split())


def search(phrase: str, count: int) -> list[int]:
    scored = [-len(words(phrase) & words(text)) for text in PASSAGES]
    return sorted(range(len(PASSAGES)), key=lambda n: (scored[n], n))[:count]


def test_a_hop_waits_for_the_hops_it_names() -> None:
    plan = outline_of((*HOPS, Hop("What does #2 drink with #1?", "tea"), Hop("Who is Bob?", "")))
    ranks = [[brief.need.id for brief in rank] for rank in plan.ranks()]
    assert ranks == [["n1", "n4"], ["n2"], ["n3"]]
    assert plan.plan.needs[-1].depends_on == ("n2", "n1")


def test_later_ranks_are_asked_with_what_earlier_ones_gave() -> None:
    asked: list[str] = []

    def noted(phrase: str, count: int) -> list[int]:
        asked.append(phrase)
        return search(phrase, count)

    read = by_rank(HOPS, noted, 1, gold(HOPS))
    assert asked == ["Who publishes Journal X?", "Who founded Acme?"]
    assert (read.passages, read.ranks) == ((0, 1), 2)
    by_rank(HOPS, noted, 1, best_title(TITLES))
    assert asked[-1] == "Who founded Journal X?"


def test_the_single_search_reads_as_many_passages() -> None:
    ways = ways_of([QUESTION], search, TITLES, 1)
    assert [len(reads[0].passages) for reads in ways.values()] == [2, 1, 2]
    assert recall([QUESTION], ways["by rank, gold answers"]) == [1.0]
    assert list(ways_of([Multihop("Bob?", frozenset({2}))], search, TITLES, 1)) == [
        "in two, best titles",
        "one search",
    ]


@pytest.mark.parametrize(("ranks", "ours", "theirs"), [(1, 2, 6), (4, 5, 12)])
def test_rounds_in_sequence(ranks: int, ours: int, theirs: int) -> None:
    assert (rounds(ranks), logicrag_rounds(ranks)) == (ours, theirs)
    assert rounds(ranks) <= 2 + ranks
