"""A report as files: one HTML page, one JSON, and flat CSV tables of all figures."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from goeswith.eval.errors import EvalError
from goeswith.eval.page import page
from goeswith.eval.report import Report
from goeswith.eval.statistics import Interval

Row = Sequence[str | int | float | bool]
REPORT = "report.json"

_FIGURE = ("n", "mean", "low", "high")


def write(report: Report, folder: Path) -> list[Path]:
    """Write the report into a folder, over an older one. Returns the files written.

    Raises:
        EvalError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / REPORT
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
        shown = folder / "report.html"
        shown.write_bytes(page(report))
        written = [shown, path]
        for name, (head, rows) in _tables(report).items():
            with (folder / name).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([head, *rows])
            written.append(folder / name)
    except OSError as error:
        raise EvalError(
            f"The report cannot be written to {folder}: {error.strerror or error}. "
            "Give another --out."
        ) from error
    return written


def read(path: Path) -> Report:
    """Read a report, from its JSON file or the folder that holds it.

    Raises:
        EvalError: there is none, or another version wrote it.
    """
    file = path / REPORT if path.is_dir() else path
    try:
        return msgspec.json.decode(file.read_bytes(), type=Report)
    except OSError as error:
        raise EvalError(
            f"There is no report in {path}: {error.strerror}. Make one with --out."
        ) from error
    except msgspec.MsgspecError as error:
        raise EvalError(f"{file} is no report of this version: {error}.") from error


def _tables(report: Report) -> dict[str, tuple[Row, Iterable[Row]]]:
    found: dict[str, tuple[Row, Iterable[Row]]] = {}
    if report.cells:
        found["means.csv"] = (
            ("stratum", "arm", "measure", *_FIGURE),
            ((c.stratum, c.arm, c.measure, *_interval(c.value)) for c in report.cells),
        )
        found["scores.csv"] = (
            ("question", "text", "stratum", "arm", "measure", "value"),
            (
                (case.id, case.text, case.stratum, arm, measure, value)
                for case in report.cases
                for arm, scores in case.scores.items()
                for measure, value in scores.items()
            ),
        )
    if report.comparisons:
        found["comparisons.csv"] = (
            ("measure", "arm", "against", "n", "difference", "low", "high", "p", "p_holm"),
            (
                (c.measure, c.arm, c.against, *_interval(c.difference), c.p, c.p_holm)
                for c in report.comparisons
            ),
        )
    if report.conduct:
        found["conduct.csv"] = (
            ("arm", "figure", *_FIGURE),
            (
                (row.arm, name, *_interval(value))
                for row in report.conduct
                for name, value in msgspec.structs.asdict(row).items()
                if isinstance(value, Interval)
            ),
        )
    if report.tables:
        found["tables.csv"] = (
            ("table", "row", "figure", *_FIGURE, "told"),
            (
                (table.title, " / ".join(row.labels), name, *_figure(value))
                for table in report.tables
                for row in table.rows
                for name, value in zip(table.measures, row.figures, strict=True)
            ),
        )
    if report.curves:
        found["curves.csv"] = (
            ("curve", "line", "x", *_FIGURE),
            (
                (curve.title, name, x, *_interval(value))
                for curve in report.curves
                for name, points in curve.lines.items()
                for x, value in points
            ),
        )
    return found


def _interval(value: Interval) -> tuple[int | float, ...]:
    return msgspec.structs.astuple(value)


def _figure(value: Interval | str) -> tuple[int | float | str, ...]:
    return ("", "", "", "", value) if isinstance(value, str) else (*_interval(value), "")
