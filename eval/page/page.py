"""Puts the page together: sections of plots and tables, and the questions side by side."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib import resources
from string import Template

import msgspec

from goeswith.eval.headline import headline
from goeswith.eval.page import tables
from goeswith.eval.page.svg import Mark, intervals, lines
from goeswith.eval.report import ALL, CEILING, Report, subject, verdict

_HUES = {"better": "good", "worse": "bad", "not significant": "other"}


def page(report: Report) -> bytes:
    """Return the report as one HTML file."""
    meta = f"{report.questions:,} questions · seed {report.seed} · " + " · ".join(
        f"{name} {value}" for name, value in list(report.versions.items())[:6]
    )
    filled = Template(_read("page.html")).substitute(
        title=escape(f"{report.suite} · goeswith evaluation"),
        style=_read("page.css"),
        suite=escape(report.suite),
        about=escape(report.about),
        headline=escape(headline(report)),
        meta=escape(meta),
        sections="\n".join(_sections(report)),
        cases=_cases(report),
        script=_read("page.js"),
    )
    return filled.encode()


def _read(name: str) -> str:
    return (resources.files("goeswith.eval.page") / name).read_text(encoding="utf-8")


def _sections(report: Report) -> Iterator[str]:
    if report.cells:
        yield _quality(report)
    if report.comparisons:
        yield _differences(report)
    if report.conduct:
        yield _conduct(report)
    for curve in report.curves:
        yield f"<h2>{escape(curve.title)}</h2>{lines(curve)}{_note(curve.note)}"
    for table in report.tables:
        yield f"<h2>{escape(table.title)}</h2>{_note(table.note)}{tables.found(table)}"
    if report.cases:
        yield (
            "<h2>Question by question</h2>"
            + _note("✓ marks an item that the truth holds, with its grade where it is above 1.")
            + _read("questions.html")
        )
    yield _again(report)


def _quality(report: Report) -> str:
    own = subject(report.arms())
    parts = ["<h2>Quality</h2>"]
    parts.append(
        _note(
            "Means over questions with 95% bootstrap intervals. The answer key is the best that "
            "any list could reach. Hover a row for its figures."
        )
    )
    for measure in report.measures:
        marks = [
            Mark(
                cell.arm,
                cell.value,
                "own" if cell.arm == own else "none" if cell.arm == CEILING else "other",
            )
            for cell in report.cells
            if cell.measure == measure and cell.stratum == ALL
        ]
        if marks:
            less = "" if measure in report.more else " (less is better)"
            parts.append(intervals(marks, f"{measure}{less}, all questions"))
    return "".join([*parts, tables.means(report)])


def _differences(report: Report) -> str:
    parts = ["<h2>Which differences are real</h2>"]
    parts.append(
        _note(
            "Paired differences on the same questions, with 95% bootstrap intervals; p-values of "
            "two-sided randomisation tests, Holm-corrected over this table. Where the verdict is "
            "“not significant”, this run does not tell the two apart."
        )
    )
    for measure in dict.fromkeys(row.measure for row in report.comparisons):
        marks = [
            Mark(f"{row.arm} − {row.against}", row.difference, _HUES[verdict(row)])
            for row in report.comparisons
            if row.measure == measure
        ]
        parts.append(intervals(marks, f"difference in {measure}"))
    return "".join([*parts, tables.differences(report)])


def _conduct(report: Report) -> str:
    own = subject(report.arms())
    marks = [
        Mark(f"{row.arm} {name}", value, "own" if row.arm == own else "other")
        for row in report.conduct
        for name, value in (("p50", row.p50_ms), ("p99", row.p99_ms))
        if value is not None and value.low > 0
    ]
    plot = intervals(marks, "milliseconds a question, logarithmic", log=True) if marks else ""
    at_once = report.facts.get("arms asked at once", 1)
    note = "Shares with Wilson intervals, quantiles and means with bootstrap intervals."
    if at_once != 1:
        note += f" {at_once} arms were asked at once, so the times are longer than they would be."
    return f"<h2>Latency and cost</h2>{_note(note)}{plot}{tables.conduct(report)}"


def _again(report: Report) -> str:
    parts = ["<h2>Run it again</h2>"]
    if report.command:
        parts.append(f"<pre>{escape(report.command)}</pre>")
    for title, values in (
        ("What was measured", report.facts),
        ("Versions", report.versions),
        ("Settings", report.settings),
    ):
        if values:
            inside = tables.pairs(values.items())
            parts.append(f"<details><summary>{title}</summary>{inside}</details>")
    return "".join(parts)


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>' if text else ""


def _cases(report: Report) -> str:
    """Return what the page's script shows, as JSON that cannot end its element."""
    arms = report.arms()
    own = subject(arms)
    first = report.measures[0] if report.measures else ""
    ranked = sorted(
        (c for c in report.cells if c.stratum == ALL and c.measure == first and c.arm in arms),
        key=lambda c: -c.value.mean,
    )
    other = next((c.arm for c in ranked if c.arm != own), own)
    told = {
        "arms": arms,
        "left": own,
        "right": other,
        "measures": report.measures,
        "strata": list(dict.fromkeys(case.stratum for case in report.cases)),
        "cases": [
            {
                "text": case.text,
                "stratum": case.stratum,
                "relevant": case.relevant,
                "basket": case.basket,
                "key": case.key,
                "scores": case.scores,
                "lists": {
                    arm: [(shown.label, shown.grade, shown.why) for shown in items]
                    for arm, items in case.lists.items()
                },
            }
            for case in report.cases
        ],
    }
    raw = msgspec.json.encode(told).decode()
    return raw.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
