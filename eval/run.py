"""Runs arms over a prepared suite. Arms see questions only; truth is used when one has answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from goeswith.engine.indexing import Progress
from goeswith.eval.measures import Scores, score
from goeswith.eval.model import Arm, Asked, Given, Prepared, Question, Truth
from goeswith.eval.stand import Stand

Clock = Callable[[], float]
"""Seconds from a monotonic clock."""


class Played(msgspec.Struct, frozen=True):
    """What one arm did: a list and its milliseconds per question, and its scores by measure.

    `items` are without the questions' own items; `given` counts questions that got any item.
    """

    items: tuple[tuple[str, ...], ...]
    wall_ms: tuple[float, ...]
    degraded: int
    given: int
    scores: dict[str, Scores]


def play(
    prepared: Prepared,
    arms: Mapping[str, Callable[[Stand], Arm]],
    seed: int,
    progress: Progress,
    clock: Clock = time.perf_counter,
) -> dict[str, Played]:
    """Ask every arm every question, then score all of them.

    Arms run one after the other, each over all questions, and are opened before the first is timed.

    Raises:
        EvalError: the measures cannot be computed.
        GoeswithError: an arm cannot work on this home.
    """
    stand = Stand(prepared.home, prepared.settings, seed)
    return {
        name: _played(name, make(stand), prepared, progress, clock) for name, make in arms.items()
    }


def ceiling(prepared: Prepared) -> dict[str, Scores]:
    """Return the scores of the answer key: what the best list could reach, by measure.

    R@10 stays below 1 where more than ten items are relevant.
    """
    lists = {
        question.asked.id: key_list(prepared.truth, question.asked.id)
        for question in prepared.questions
    }
    return score(prepared.truth, lists, prepared.measures)


def key_list(truth: Truth, question: str) -> tuple[str, ...]:
    """Return the relevant items of a question, best first: the answer key."""
    graded = sorted(truth[question].items(), key=lambda item: (-item[1], item[0]))
    return tuple(item for item, grade in graded if grade > 0)


def shuffled(prepared: Prepared, seed: int) -> Prepared:
    """Return the suite with every question's truth given to another question.

    An arm that still scores above chance has seen the truth.
    """
    ids = [question.asked.id for question in prepared.questions]
    order = np.random.default_rng(seed).permutation(len(ids)).tolist()
    moved = {ids[a]: prepared.truth[ids[b]] for a, b in _circle(order)}
    return msgspec.structs.replace(
        prepared, truth=moved, facts=prepared.facts | {"truth": "shuffled"}
    )


def _circle(order: Sequence[int]) -> list[tuple[int, int]]:
    """Pair each number with the next, the last with the first: nothing stays in its place."""
    return list(zip(order, [*order[1:], *order[:1]], strict=True))


def _played(name: str, arm: Arm, prepared: Prepared, progress: Progress, clock: Clock) -> Played:
    lists: dict[str, tuple[str, ...]] = {}
    wall_ms, degraded, given = [], 0, 0
    total = len(prepared.questions)
    for done, question in enumerate(prepared.questions, start=1):
        answer, took = _timed(arm, question.asked, clock)
        lists[question.asked.id] = _others(answer, question)
        wall_ms.append(took)
        degraded += answer.degraded
        given += bool(lists[question.asked.id])
        progress(f"arm {name}", done, total)
    scores = score(prepared.truth, lists, prepared.measures)
    return Played(tuple(lists.values()), tuple(wall_ms), degraded, given, scores)


def _timed(arm: Arm, asked: Asked, clock: Clock) -> tuple[Given, float]:
    began = clock()
    answer = arm.answer(asked)
    return answer, (clock() - began) * 1000.0


def _others(answer: Given, question: Question) -> tuple[str, ...]:
    return tuple(item for item in answer.items if item not in question.own)
