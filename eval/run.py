"""Runs arms over a prepared suite. Arms see questions only; truth is used when one has answered."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from goeswith.engine.index.indexing import Progress
from goeswith.eval.asking import Asking, Clock, Maker, ask_all, teller
from goeswith.eval.measures import Scores, score
from goeswith.eval.model import Asked, Built, Given, Prepared, Question, Truth
from goeswith.eval.stand import Stand


class Played(msgspec.Struct, frozen=True):
    """What one arm did: its answers without the questions' own items, and its scores by measure.

    A score is NaN where a measure makes no sense for a question. `not_run` says why the arm gave
    nothing; everything else is empty then.
    """

    givens: tuple[Given, ...] = ()
    wall_ms: tuple[float, ...] = ()
    scores: dict[str, Scores] = {}
    built: Built = Built()
    not_run: str = ""

    @property
    def items(self) -> tuple[tuple[str, ...], ...]:
        """The list of every question."""
        return tuple(given.items for given in self.givens)


def play(
    prepared: Prepared,
    arms: Mapping[str, Maker],
    seed: int,
    progress: Progress,
    clock: Clock = time.perf_counter,
) -> dict[str, Played]:
    """Ask every arm every question, one arm after the other, then judge all of them.

    Raises:
        EvalError: the measures cannot be computed.
        GoeswithError: an arm cannot work on this home.
    """
    stand = Stand(prepared.home, prepared.settings, seed, log=prepared.log)
    asked = asked_of(prepared)
    return {
        name: judged(
            prepared,
            ask_all(make, stand, asked, tell=teller(name, len(asked), progress), clock=clock),
            stand,
        )
        for name, make in arms.items()
    }


def judged(prepared: Prepared, asking: Asking, stand: Stand) -> Played:
    """Score what an arm gave.

    Raises:
        EvalError: the measures cannot be computed.
    """
    if asking.not_run:
        return Played(not_run=asking.not_run)
    pairs = list(zip(prepared.questions, asking.lines, strict=True))
    givens = tuple(_others(line.given, question) for question, line in pairs)
    scores: dict[str, Scores] = {}
    if prepared.measures:
        lists = {
            question.asked.id: given.items
            for question, given in zip(prepared.questions, givens, strict=True)
        }
        scores |= score(prepared.truth, lists, prepared.measures)
    for measure in prepared.extra:
        scores[measure.name] = np.array(
            [
                measure.of(question, prepared.truth.get(question.asked.id, {}), given, stand)
                for question, given in zip(prepared.questions, givens, strict=True)
            ],
            dtype=np.float64,
        )
    return Played(givens, tuple(line.ms for line in asking.lines), scores, asking.built)


def asked_of(prepared: Prepared) -> tuple[Asked, ...]:
    """Return all that arms are told."""
    return tuple(question.asked for question in prepared.questions)


def ceiling(prepared: Prepared) -> dict[str, Scores]:
    """Return the scores of the answer key: what the best list could reach, by measure.

    R@10 stays below 1 where more than ten items are relevant.
    """
    if not prepared.measures:
        return {}
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


def _others(given: Given, question: Question) -> Given:
    """Return the answer without the question's own items; each kept item keeps its reason."""
    if question.own.isdisjoint(given.items):
        return given
    places = [place for place, item in enumerate(given.items) if item not in question.own]
    return msgspec.structs.replace(
        given,
        items=tuple(given.items[place] for place in places),
        whys=tuple(given.whys[place] for place in places) if given.whys else (),
    )
