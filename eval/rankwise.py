"""Reading passages rank by rank through the planner's own machinery, or all at once.

A decomposition is a plan: each hop is a need that depends on the hops whose answers it names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from goeswith.engine.graph.outline import Brief, Outline, ranked
from goeswith.engine.model import Need
from goeswith.eval.loaders.multihop import Hop, Multihop

Search = Callable[[str, int], list[int]]
"""Returns the numbers of the best passages for a phrase, best first."""

Fill = Callable[[int, Sequence[int]], str]
"""Returns what stands for a need's answer, given its number and the passages found for it."""

ONCE = "one search"
"""The way that the others are held against."""


class Read(msgspec.Struct, frozen=True):
    """Passages read for a question, and in how many ranks."""

    passages: tuple[int, ...]
    ranks: int


def outline_of(hops: Sequence[Hop]) -> Outline:
    """Return the plan that a decomposition is, its needs in the planner's ranks."""
    briefs = [
        Brief(Need(f"n{n}", hop.question, depends_on=tuple(f"n{p}" for p in hop.parents)))
        for n, hop in enumerate(hops, start=1)
    ]
    return Outline("lm", ranked(briefs))


def by_rank(hops: Sequence[Hop], search: Search, each: int, fill: Fill) -> Read:
    """Search the needs rank by rank; each is filled with what its parents gave.

    Args:
        hops: the decomposition.
        search: over the passages.
        each: passages read for each need.
        fill: what a need that was searched gives to the needs that wait for it.
    """
    answers: dict[int, str] = {}
    read: dict[int, None] = {}
    ranks = outline_of(hops).ranks()
    for rank in ranks:
        numbers = [int(brief.need.id.removeprefix("n")) for brief in rank]
        found = {n: search(hops[n - 1].filled(answers), each) for n in numbers}
        for number, passages in found.items():
            read.update(dict.fromkeys(passages))
            answers[number] = fill(number, passages)
    return Read(tuple(read), len(ranks))


def at_once(text: str, search: Search, count: int) -> Read:
    """Read as many passages for the question as it stands."""
    return Read(tuple(search(text, count)), 1)


def gold(hops: Sequence[Hop]) -> Fill:
    """Fill with gold answers: an LM that reads without error."""
    return lambda number, _: hops[number - 1].answer


def best_title(titles: Sequence[str]) -> Fill:
    """Fill with the title of the best passage: no LM at all."""
    return lambda _, passages: titles[passages[0]] if passages else ""


def in_two(text: str) -> tuple[Hop, ...]:
    """Return a plan for a question without a decomposition: ask, then ask with what was found."""
    return Hop(text, ""), Hop(f"#1 {text}", "")


def recall(questions: Sequence[Multihop], reads: Sequence[Read]) -> list[float]:
    """Return for each question the share of its supporting passages that was read."""
    return [
        len(question.support.intersection(read.passages)) / len(question.support)
        for question, read in zip(questions, reads, strict=True)
    ]


def rounds(ranks: int) -> int:
    """Return the LM rounds in sequence of this planner: one to plan and one a rank."""
    return 1 + ranks


def logicrag_rounds(ranks: int) -> int:
    """Return LogicRAG's LM calls in sequence, 4 + 2r (arXiv 2508.06105)."""
    return 4 + 2 * ranks


def ways_of(
    questions: Sequence[Multihop], search: Search, titles: Sequence[str], each: int
) -> dict[str, list[Read]]:
    """Return name of a way to what it read of each question; the single search is the last.

    The single search reads as many passages as the first way.
    """
    ways: dict[str, list[Read]] = {}
    if all(question.hops for question in questions):
        ways["by rank, gold answers"] = [
            by_rank(q.hops, search, each, gold(q.hops)) for q in questions
        ]
        ways["by rank, best titles"] = [
            by_rank(q.hops, search, each, best_title(titles)) for q in questions
        ]
    else:
        ways["in two, best titles"] = [
            by_rank(in_two(q.text), search, each, best_title(titles)) for q in questions
        ]
    first = next(iter(ways.values()))
    ways[ONCE] = [
        at_once(q.text, search, len(read.passages))
        for q, read in zip(questions, first, strict=True)
    ]
    return ways
