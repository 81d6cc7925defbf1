"""What a report says in a sentence or two, and no more than its tests bear out."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from goeswith.eval.report import ALL, CEILING, Cell, Report, subject, verdict

UNKNOWN = "it is not known; read the questions below that were lost."


def headline(report: Report) -> str:
    """Return the result of the first measure in words, or what the study says of itself.

    Where another arm is better by more than chance, what the product lacks there follows.
    """
    if report.headline or not report.cells:
        return report.headline
    first = report.measures[0]
    own = subject(report.arms())
    overall = {c.arm: c for c in report.cells if c.stratum == ALL and c.measure == first}
    if own not in overall:
        return ""
    by_verdict: dict[str, list[str]] = {}
    for row in report.comparisons:
        if row.measure == first:
            by_verdict.setdefault(verdict(row), []).append(row.against)
    told = [f"{own} reaches {first} {_value(overall[own])} over {overall[own].value.n} questions."]
    ways = (
        ("worse", "significantly worse than"),
        ("better", "significantly better than"),
        ("not significant", "not told apart from"),
    )
    said = [f"{way} {_and(by_verdict[key])}" for key, way in ways if key in by_verdict]
    if said:
        told.append(f"It is {'; '.join(said)}.")
    others = {arm: cell for arm, cell in overall.items() if arm != CEILING}
    best = max(others, key=lambda arm: others[arm].value.mean) if others else own
    if best != own:
        told.append(f"The highest mean is {best}'s, {_value(overall[best])}.")
    if "worse" in by_verdict:
        told.append(f"What is missing: {gaps().get(report.suite, UNKNOWN)}")
    not_run = [row.arm for row in report.conduct if row.not_run]
    if not_run:
        told.append(f"Not run: {_and(not_run)}.")
    return " ".join(told)


@cache
def gaps() -> dict[str, str]:
    """Return what the product is known to lack, by the name of the suite that shows it."""
    text = (files("goeswith.eval") / "gaps.toml").read_text(encoding="utf-8")
    return {name: str(gap) for name, gap in tomllib.loads(text).items()}


def _value(cell: Cell) -> str:
    return f"{cell.value.mean:.3f} [{cell.value.low:.3f}, {cell.value.high:.3f}]"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
