"""A report as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goeswith.eval.report import CEILING, Cell, Comparison, Report
from goeswith.eval.statistics import Interval

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def show(console: Console, report: Report) -> None:
    """Print what was measured, the comparisons, and how the arms worked."""
    console.print(f"{report.suite}: {report.questions} questions, seed {report.seed}", style="bold")
    for name, value in report.facts.items():
        told = f"{value:,}" if isinstance(value, int) else str(value)
        console.print(f"  {name}: {told}")
    for table in (_means(report), _differences(report), _conduct(report)):
        console.print()
        console.print(table)


def _means(report: Report) -> Table:
    table = _table("mean [95% interval] by bootstrap over questions")
    measures = list(dict.fromkeys(cell.measure for cell in report.cells))
    for name in ("stratum", "arm", "n", *measures):
        table.add_column(name, justify="right" if name == "n" else "left", no_wrap=True)
    by_row: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in report.cells:
        by_row.setdefault((cell.stratum, cell.arm), {})[cell.measure] = cell
    last = ""
    for (stratum, arm), cells in by_row.items():
        if last and stratum != last:
            table.add_section()
        n = cells[measures[0]].value.n
        shown = [_interval(cells[measure].value) for measure in measures]
        table.add_row(stratum, arm, str(n), *shown, style="dim" if arm == CEILING else None)
        last = stratum
    return table


def _differences(report: Report) -> Table:
    table = _table("paired randomisation tests, Holm-corrected over this table")
    for name in ("measure", "comparison", "n", "difference", "p", "verdict"):
        table.add_column(name, no_wrap=True)
    for row in report.comparisons:
        table.add_row(
            row.measure,
            f"{row.arm} − {row.against}",
            str(row.difference.n),
            _interval(row.difference, signed=True),
            f"{row.p_holm:.4f}",
            _verdict(row),
        )
    return table


def _conduct(report: Report) -> Table:
    table = _table("how the arms worked")
    for name in ("arm", "asked", "answered", "no answer", "cut short", "p50 ms", "p95 ms"):
        table.add_column(name, justify="left" if name == "arm" else "right")
    for row in report.conduct:
        table.add_row(
            row.arm,
            str(row.asked),
            f"{row.answered} ({row.answered / row.asked:.0%})",
            str(row.asked - row.answered),
            str(row.degraded),
            f"{row.p50_ms:.1f}",
            f"{row.p95_ms:.1f}",
        )
    return table


def _table(title: str) -> Table:
    from rich.table import Table

    return Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")


def _interval(value: Interval, *, signed: bool = False) -> str:
    form = "+.3f" if signed else ".3f"
    return f"{value.mean:{form}} [{value.low:{form}}, {value.high:{form}}]"


def _verdict(row: Comparison) -> str:
    if not row.significant:
        return "not significant"
    return "better" if row.difference.mean > 0 else "worse"
