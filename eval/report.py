"""From scores to a report: means with intervals, strata, comparisons, the questions themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from goeswith.eval.conduct import Conduct, break_even, conduct_of
from goeswith.eval.findings import Curve, Difference, Findings, Table
from goeswith.eval.measures import Scores
from goeswith.eval.model import Fact, Prepared
from goeswith.eval.run import Played, ceiling, key_list
from goeswith.eval.statistics import Interval, bootstrap, holm, randomisation

SCHEMA = 2
ALL = "all"
CEILING = "answer key"
SUBJECTS = ("hybrid", "query-time")
"""The arm that is compared with each of the others; the first arm when none of these ran."""
LEVEL = 0.05
KEPT = "arms answered by an earlier run"
"""The fact of a run that found answers in its folder for work: its time is not the whole time."""
SHOWN = 10
"""Items of each list kept in the report."""


class Cell(msgspec.Struct, frozen=True):
    """The mean of one measure for one arm over one stratum."""

    arm: str
    stratum: str
    measure: str
    value: Interval


class Shown(msgspec.Struct, frozen=True):
    """One item of a list: what a reader sees, its grade in the truth, and why it is there."""

    item: str
    label: str
    grade: int
    why: str = ""


class Case(msgspec.Struct, frozen=True):
    """One question: the answer key's best items, each arm's list and scores."""

    id: str
    text: str
    stratum: str
    basket: tuple[str, ...]
    relevant: int
    key: tuple[str, ...]
    lists: dict[str, tuple[Shown, ...]]
    scores: dict[str, dict[str, float]]


class Report(msgspec.Struct, frozen=True):
    """Everything a run found, and what is needed to run it again.

    `measures` name what was measured, the first decides; `more` holds those of which more is
    better. A study has tables and curves only. `seconds` went by until all was measured.
    """

    schema: int
    suite: str
    about: str
    seed: int
    questions: int
    command: str
    facts: dict[str, Fact]
    versions: dict[str, str]
    settings: dict[str, str]
    measures: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    comparisons: tuple[Difference, ...] = ()
    conduct: tuple[Conduct, ...] = ()
    tables: tuple[Table, ...] = ()
    curves: tuple[Curve, ...] = ()
    cases: tuple[Case, ...] = ()
    headline: str = ""
    seconds: float = 0.0

    def arms(self) -> list[str]:
        """Return the arms that ran, in their order."""
        return [row.arm for row in self.conduct if not row.not_run]


class Circumstances(msgspec.Struct, frozen=True):
    """What is told beside the figures: the suite, and how to run it again."""

    suite: str
    about: str
    seed: int
    command: str = ""
    versions: dict[str, str] = {}
    settings: dict[str, str] = {}


def make_report(
    told: Circumstances,
    prepared: Prepared,
    played: Mapping[str, Played],
    labels: Mapping[str, str] | None = None,
) -> Report:
    """Turn scores into a report. The subject is compared with each of the other arms.

    Args:
        told: what stands beside the figures.
        prepared: the suite.
        played: what each arm did.
        labels: what a reader sees for an item; the item itself when absent.
    """
    scores = {name: arm.scores for name, arm in played.items() if not arm.not_run}
    measures = (*prepared.measures, *(measure.name for measure in prepared.extra))
    more = (*prepared.measures, *(measure.name for measure in prepared.extra if measure.more))
    prebuilt = break_even(played, told.seed)
    return Report(
        schema=SCHEMA,
        suite=told.suite,
        about=told.about,
        seed=told.seed,
        questions=len(prepared.questions),
        command=told.command,
        facts=prepared.facts,
        versions=told.versions,
        settings=told.settings,
        measures=measures,
        more=more,
        cells=tuple(_cells(prepared, measures, scores | {CEILING: ceiling(prepared)}, told.seed)),
        comparisons=tuple(compare(scores, measures, more, told.seed)),
        conduct=tuple(conduct_of(name, arm, told.seed) for name, arm in played.items()),
        tables=(prebuilt,) if prebuilt else (),
        cases=tuple(_cases(prepared, played, labels or {})),
    )


def study_report(told: Circumstances, found: Findings, questions: int) -> Report:
    """Return what a study found as a report."""
    return Report(
        schema=SCHEMA,
        suite=told.suite,
        about=told.about,
        seed=told.seed,
        questions=questions,
        command=told.command,
        facts=found.facts,
        versions=told.versions,
        settings=told.settings,
        comparisons=found.differences,
        tables=found.tables,
        curves=found.curves,
        headline=found.headline,
    )


def compare(
    scores: Mapping[str, Mapping[str, Scores]],
    measures: Sequence[str],
    more: Sequence[str],
    seed: int,
) -> list[Difference]:
    """Compare the subject with every other arm on the questions where both have a figure.

    The p-values are corrected over all comparisons together.
    """
    first = subject(list(scores))
    pairs: list[tuple[str, str, Scores, Scores]] = []
    for measure in measures:
        for other in scores:
            if other == first:
                continue
            a, b = scores[first][measure], scores[other][measure]
            both = ~(np.isnan(a) | np.isnan(b))
            if both.any():
                pairs.append((other, measure, a[both], b[both]))
    ps = [randomisation(a, b, seed) for _, _, a, b in pairs]
    found = []
    for (other, measure, a, b), p, corrected in zip(pairs, ps, holm(ps), strict=True):
        difference = bootstrap(a - b, seed)
        better = difference.mean > 0 if measure in more else difference.mean < 0
        found.append(
            Difference(first, other, measure, difference, p, corrected, corrected < LEVEL, better)
        )
    return found


def subject(arms: Sequence[str]) -> str:
    """Return the arm that is compared with the others, "" when there is none."""
    return next((name for name in SUBJECTS if name in arms), arms[0] if arms else "")


def verdict(row: Difference) -> str:
    """Return a comparison in words."""
    if not row.significant:
        return "not significant"
    return "better" if row.better else "worse"


def _cells(
    prepared: Prepared,
    measures: Sequence[str],
    scores: Mapping[str, Mapping[str, Scores]],
    seed: int,
) -> list[Cell]:
    strata = [question.stratum for question in prepared.questions]
    members = {ALL: np.ones(len(strata), dtype=np.bool_)}
    for stratum in dict.fromkeys(strata):
        members[stratum] = np.array([own == stratum for own in strata])
    found = []
    for measure in measures:
        for stratum, inside in members.items():
            for arm, by_measure in scores.items():
                if measure in by_measure:
                    values = by_measure[measure][inside]
                    values = values[~np.isnan(values)]
                    if len(values):
                        found.append(Cell(arm, stratum, measure, bootstrap(values, seed)))
    return found


def _cases(
    prepared: Prepared, played: Mapping[str, Played], labels: Mapping[str, str]
) -> list[Case]:
    cases = []
    ran = {name: arm for name, arm in played.items() if not arm.not_run}
    for place, question in enumerate(prepared.questions):
        asked = question.asked
        grades = prepared.truth.get(asked.id, {})
        key = key_list(prepared.truth, asked.id) if grades else ()
        cases.append(
            Case(
                id=asked.id,
                text=asked.text,
                stratum=question.stratum,
                basket=tuple(labels.get(sku, sku) for sku in asked.basket),
                relevant=len(key),
                key=tuple(labels.get(item, item) for item in key[:SHOWN]),
                lists={name: _shown(arm, place, grades, labels) for name, arm in ran.items()},
                scores={
                    name: {
                        measure: round(float(values[place]), 4)
                        for measure, values in arm.scores.items()
                        if not np.isnan(values[place])
                    }
                    for name, arm in ran.items()
                },
            )
        )
    return cases


def _shown(
    arm: Played, place: int, grades: Mapping[str, int], labels: Mapping[str, str]
) -> tuple[Shown, ...]:
    given = arm.givens[place]
    whys = given.whys or ("",) * len(given.items)
    return tuple(
        Shown(item, labels.get(item, item), grades.get(item, 0), why)
        for item, why in list(zip(given.items, whys, strict=True))[:SHOWN]
    )
