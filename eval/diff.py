"""Two runs beside each other: what became better, what worse, and what cannot be told."""

from __future__ import annotations

import numpy as np

from goeswith.eval.errors import EvalError
from goeswith.eval.findings import Difference, Findings, Row, Table
from goeswith.eval.model import Fact
from goeswith.eval.report import LEVEL, Report
from goeswith.eval.statistics import Interval, bootstrap, holm, randomisation

Scores = dict[str, float]


def diff(before: Report, after: Report) -> Findings:
    """Compare the arms that both runs have, on the questions that both asked.

    The difference is after minus before; p is corrected (Holm) over all of them.

    Raises:
        EvalError: the runs are of different suites, or share nothing that can be compared.
    """
    if before.suite != after.suite:
        raise EvalError(
            f"{before.suite} and {after.suite} are different suites. Compare two runs of one."
        )
    pairs = [
        (arm, measure, old, new)
        for arm in after.arms()
        if arm in before.arms()
        for measure in after.measures
        if (shared := _shared(before, after, arm, measure)) is not None
        for old, new in (shared,)
    ]
    tables = _tables(before, after)
    if not pairs and not tables:
        raise EvalError("The two runs share no arm, question or figure.")
    ps = [randomisation(new, old, after.seed) for _, _, old, new in pairs]
    rows = []
    for (arm, measure, old, new), p, corrected in zip(pairs, ps, holm(ps), strict=True):
        change = bootstrap(new - old, after.seed)
        better = change.mean > 0 if measure in after.more else change.mean < 0
        now, then = f"{arm} after", f"{arm} before"
        rows.append(Difference(now, then, measure, change, p, corrected, corrected < LEVEL, better))
    facts: dict[str, Fact] = {
        "questions": max((len(old) for _, _, old, _ in pairs), default=0),
        "before": _told(before),
        "after": _told(after),
    }
    return Findings(
        tables,
        differences=tuple(rows),
        facts=facts | _changed(before, after),
        headline=_headline(rows),
    )


def _shared(
    before: Report, after: Report, arm: str, measure: str
) -> tuple[np.ndarray, np.ndarray] | None:
    old, new = _scores(before, arm, measure), _scores(after, arm, measure)
    both = [case for case in new if case in old]
    if not both:
        return None
    return np.array([old[case] for case in both]), np.array([new[case] for case in both])


def _scores(report: Report, arm: str, measure: str) -> Scores:
    return {
        case.id: case.scores[arm][measure]
        for case in report.cases
        if measure in case.scores.get(arm, {})
    }


def _tables(before: Report, after: Report) -> tuple[Table, ...]:
    """Return the figures of both runs' tables side by side, where their rows are the same."""
    found = []
    old = {
        (table.title, row.labels, name): value
        for table in before.tables
        for row in table.rows
        for name, value in zip(table.measures, row.figures, strict=True)
    }
    for table in after.tables:
        rows = [
            Row((*row.labels, name), (old[table.title, row.labels, name], value))
            for row in table.rows
            for name, value in zip(table.measures, row.figures, strict=True)
            if (table.title, row.labels, name) in old
            and isinstance(value, Interval)
            and isinstance(old[table.title, row.labels, name], Interval)
        ]
        if rows:
            heads = (*table.heads, "figure")
            note = "Not tested: the runs keep no values of single questions for these figures."
            found.append(Table(table.title, heads, ("before", "after"), tuple(rows), note))
    return tuple(found)


def _changed(before: Report, after: Report) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for title, old, new in (
        ("version", before.versions, after.versions),
        ("setting", before.settings, after.settings),
        ("fact", before.facts, after.facts),
    ):
        for name in {**old, **new}:
            if old.get(name) != new.get(name):
                found[f"{title} {name}"] = f"{old.get(name, 'none')} → {new.get(name, 'none')}"
    return found


def _told(report: Report) -> str:
    code = report.versions.get("code", "unknown")
    return f"seed {report.seed}, {report.questions} questions, code {code}"


def _headline(rows: list[Difference]) -> str:
    sure = [row for row in rows if row.significant]
    if not rows:
        return ""
    if not sure:
        return "No difference is significant: these runs do not tell before and after apart."
    better = sum(row.better for row in sure)
    return (
        f"Of {len(rows)} figures {better} became better and {len(sure) - better} worse; "
        f"{len(rows) - len(sure)} did not change significantly."
    )
