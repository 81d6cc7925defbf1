"""From scores to a report: means with intervals, strata, comparisons, the questions themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from goeswith.eval.measures import Scores
from goeswith.eval.model import Prepared
from goeswith.eval.run import Played, ceiling, key_list
from goeswith.eval.statistics import Interval, bootstrap, holm, randomisation

ALL = "all"
CEILING = "answer key"
SUBJECT = "engine"
"""The arm that is compared with each of the others; the first arm when it did not run."""
LEVEL = 0.05
SHOWN = 10
"""Items of each list kept in the report."""


class Cell(msgspec.Struct, frozen=True):
    """The mean of one measure for one arm over one stratum."""

    arm: str
    stratum: str
    measure: str
    value: Interval


class Comparison(msgspec.Struct, frozen=True):
    """The subject minus the other arm over all questions; p is corrected (Holm) over the report."""

    arm: str
    against: str
    measure: str
    difference: Interval
    p: float
    p_holm: float
    significant: bool


class Conduct(msgspec.Struct, frozen=True):
    """How an arm worked: questions asked, answered with anything, cut short; milliseconds each."""

    arm: str
    asked: int
    answered: int
    degraded: int
    p50_ms: float
    p95_ms: float


class Case(msgspec.Struct, frozen=True):
    """One question: the answer key's best items, each arm's list and scores."""

    id: str
    text: str
    stratum: str
    relevant: int
    key: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    scores: dict[str, dict[str, float]]


class Report(msgspec.Struct, frozen=True):
    """Everything a run found, and what is needed to run it again."""

    schema: int
    suite: str
    seed: int
    questions: int
    facts: dict[str, str | int | float]
    versions: dict[str, str]
    cells: tuple[Cell, ...]
    comparisons: tuple[Comparison, ...]
    conduct: tuple[Conduct, ...]
    cases: tuple[Case, ...]

    def arms(self) -> list[str]:
        """Return the arms in the order in which they ran."""
        return [row.arm for row in self.conduct]


def make_report(
    suite: str,
    prepared: Prepared,
    played: Mapping[str, Played],
    seed: int,
    versions: dict[str, str],
) -> Report:
    """Turn scores into a report. The subject is compared with each of the other arms."""
    best = ceiling(prepared)
    scores = {name: arm.scores for name, arm in played.items()}
    return Report(
        schema=1,
        suite=suite,
        seed=seed,
        questions=len(prepared.questions),
        facts=prepared.facts,
        versions=versions,
        cells=tuple(_cells(prepared, scores | {CEILING: best}, seed)),
        comparisons=tuple(_comparisons(prepared.measures, scores, seed)),
        conduct=tuple(_conduct(name, arm) for name, arm in played.items()),
        cases=tuple(_cases(prepared, played)),
    )


def worst(report: Report, against: str, measure: str, count: int) -> list[Case]:
    """Return the questions where the subject falls furthest behind another arm."""
    own = _subject(report.arms())
    ranked = sorted(
        report.cases,
        key=lambda case: (case.scores[own][measure] - case.scores[against][measure], case.id),
    )
    return ranked[:count]


def _cells(prepared: Prepared, scores: Mapping[str, Mapping[str, Scores]], seed: int) -> list[Cell]:
    strata = [question.stratum for question in prepared.questions]
    members = {ALL: np.ones(len(strata), dtype=np.bool_)}
    for stratum in dict.fromkeys(strata):
        members[stratum] = np.array([own == stratum for own in strata])
    return [
        Cell(arm, stratum, measure, bootstrap(by_measure[measure][inside], seed))
        for measure in prepared.measures
        for stratum, inside in members.items()
        for arm, by_measure in scores.items()
    ]


def _comparisons(
    measures: Sequence[str], scores: Mapping[str, Mapping[str, Scores]], seed: int
) -> list[Comparison]:
    first = _subject(list(scores))
    others = [name for name in scores if name != first]
    pairs = [(other, measure) for measure in measures for other in others]
    ps = [randomisation(scores[first][m], scores[other][m], seed) for other, m in pairs]
    return [
        Comparison(
            arm=first,
            against=other,
            measure=measure,
            difference=bootstrap(scores[first][measure] - scores[other][measure], seed),
            p=p,
            p_holm=corrected,
            significant=corrected < LEVEL,
        )
        for (other, measure), p, corrected in zip(pairs, ps, holm(ps), strict=True)
    ]


def _subject(arms: Sequence[str]) -> str:
    return SUBJECT if SUBJECT in arms else arms[0]


def _conduct(name: str, arm: Played) -> Conduct:
    p50, p95 = np.quantile(np.array(arm.wall_ms), (0.5, 0.95)).tolist()
    return Conduct(name, len(arm.items), arm.given, arm.degraded, round(p50, 3), round(p95, 3))


def _cases(prepared: Prepared, played: Mapping[str, Played]) -> list[Case]:
    cases = []
    for place, question in enumerate(prepared.questions):
        key = key_list(prepared.truth, question.asked.id)
        cases.append(
            Case(
                id=question.asked.id,
                text=question.asked.text,
                stratum=question.stratum,
                relevant=len(key),
                key=key[:SHOWN],
                lists={name: arm.items[place][:SHOWN] for name, arm in played.items()},
                scores={
                    name: {m: round(float(values[place]), 4) for m, values in arm.scores.items()}
                    for name, arm in played.items()
                },
            )
        )
    return cases
