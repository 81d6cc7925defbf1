"""A report as files: one JSON, and flat CSV tables of means, comparisons and scores."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from goeswith.eval.errors import EvalError
from goeswith.eval.report import Report

Row = Sequence[str | int | float | bool]


def write(report: Report, folder: Path) -> list[Path]:
    """Write the report into a folder, over an older one. Returns the files written.

    Raises:
        EvalError: the folder cannot be written.
    """
    tables: dict[str, tuple[Row, Iterable[Row]]] = {
        "means.csv": (
            ("stratum", "arm", "measure", "n", "mean", "low", "high"),
            (
                (c.stratum, c.arm, c.measure, c.value.n, c.value.mean, c.value.low, c.value.high)
                for c in report.cells
            ),
        ),
        "comparisons.csv": (
            ("measure", "arm", "against", "n", "difference", "low", "high", "p", "p_holm"),
            (
                (c.measure, c.arm, c.against, *_interval(c.difference), c.p, c.p_holm)
                for c in report.comparisons
            ),
        ),
        "scores.csv": (
            ("question", "text", "stratum", "arm", "measure", "value"),
            (
                (case.id, case.text, case.stratum, arm, measure, value)
                for case in report.cases
                for arm, scores in case.scores.items()
                for measure, value in scores.items()
            ),
        ),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "report.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
        written = [path]
        for name, (head, rows) in tables.items():
            with (folder / name).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([head, *rows])
            written.append(folder / name)
    except OSError as error:
        raise EvalError(
            f"The report cannot be written to {folder}: {error.strerror or error}. "
            "Give another --out."
        ) from error
    return written


def _interval(value: msgspec.Struct) -> tuple[int | float, ...]:
    return msgspec.structs.astuple(value)
