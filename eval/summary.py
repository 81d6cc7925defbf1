"""Many runs in one table: which arm is best in each suite, and how the product stands beside it."""

from __future__ import annotations

from collections.abc import Sequence

from goeswith.eval.headline import headline
from goeswith.eval.report import ALL, CEILING, KEPT, Cell, Report, subject, verdict
from goeswith.eval.show import figure

HEADS = ("suite", "n", "minutes", "figure", "best other arm", "the product", "verdict")


ROWS = 8
"""Rows told of a study's first table."""


def summary(reports: Sequence[Report]) -> str:
    """Return suites as a Markdown table and studies as a list, each in the order given.

    A suite's row holds its first measure: the best of the other arms, the product (the arm that the
    report compares with all others), and what the paired test says of the two.
    """
    suites = [_row(report) for report in reports if report.cells]
    studies = [f"- {_study(report)}" for report in reports if not report.cells]
    parts = []
    if suites:
        lines = [HEADS, ("---",) * len(HEADS), *suites]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    if studies:
        parts.append("\n".join(studies))
    return "\n\n".join(parts)


def _row(report: Report) -> tuple[str, ...]:
    own, measure = subject(report.arms()), report.measures[0]
    means = {c.arm: c for c in report.cells if (c.stratum, c.measure) == (ALL, measure)}
    sign = 1.0 if measure in report.more else -1.0
    others = [cell for arm, cell in means.items() if arm not in {own, CEILING}]
    best = max(others, key=lambda cell: sign * cell.value.mean, default=None)
    cells = (
        report.suite,
        str(means[own].value.n),
        minutes(report),
        measure,
        _figure(best) if best else "none ran",
        _figure(means[own]),
        _verdict(report, measure, best.arm) if best else "",
    )
    return tuple(cell.replace("|", "/") for cell in cells)


def _verdict(report: Report, measure: str, best: str) -> str:
    rows = [row for row in report.comparisons if row.measure == measure]
    worse = [row.against for row in rows if verdict(row) == "worse" and row.against != best]
    told = next((verdict(row) for row in rows if row.against == best), "not compared")
    told = {"not significant": "not told apart"}.get(told, told)
    return f"{told}; also worse than {', '.join(worse)}" if worse else told


def _figure(cell: Cell) -> str:
    value = cell.value
    return f"{cell.arm} {value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"


def _study(report: Report) -> str:
    said = headline(report) or _first_figures(report)
    took = f", {minutes(report)} min" if report.seconds else ""
    return f"`{report.suite}` (n = {report.questions:,}{took}): {said}"


def _first_figures(report: Report) -> str:
    """Return the first figure of the first rows of a study that says no sentence of its own."""
    if not report.tables:
        return "nothing was measured."
    table = report.tables[0]
    told = [f"{', '.join(row.labels)} {figure(row.figures[0])}" for row in table.rows[:ROWS]]
    return f"{table.title}, {table.measures[0]}: {'; '.join(told)}."


def minutes(report: Report) -> str:
    """Return how long the run took, in minutes; "" where the report does not say."""
    if not report.seconds:
        return ""
    least = "at least " if KEPT in report.facts else ""
    return f"{least}{report.seconds / 60.0:.1f}"
