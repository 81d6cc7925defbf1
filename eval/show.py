"""A report as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goeswith.eval import findings
from goeswith.eval.conduct import Conduct
from goeswith.eval.headline import headline
from goeswith.eval.report import CEILING, Cell, Report, verdict
from goeswith.eval.statistics import Interval

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

FEW = 100.0


def show(console: Console, report: Report) -> None:
    """Print what was measured, the comparisons, and how the arms worked."""
    console.print(f"{report.suite}: {report.questions} questions, seed {report.seed}", style="bold")
    for name, value in report.facts.items():
        told = f"{value:,}" if isinstance(value, int) else str(value)
        console.print(f"  {name}: {told}")
    tables = []
    if report.cells:
        tables.append(_means(report))
    if report.comparisons:
        tables.append(_differences(report))
    if report.conduct:
        tables.append(_conduct(report))
    tables += [_found(table) for table in report.tables]
    for table in tables:
        console.print()
        console.print(table)
    for note in dict.fromkeys(table.note for table in report.tables if table.note):
        console.print(note, style="dim")
    said = headline(report)
    if said:
        console.print()
        console.print(said, style="bold")


def figure(value: Interval | str, *, signed: bool = False) -> str:
    """Return a figure with its interval, as fine as its size asks for."""
    if isinstance(value, str):
        return value
    form = _form(value, signed=signed)
    if value.low == value.mean == value.high:
        return f"{value.mean:{form}}"
    return f"{value.mean:{form}} [{value.low:{form}}, {value.high:{form}}]"


def _form(value: Interval, *, signed: bool) -> str:
    most = max(abs(value.low), abs(value.mean), abs(value.high))
    digits = 3 if most < 1.0 or signed else 2 if most < FEW else 0
    return f"{'+' if signed else ''},.{digits}f"


def _means(report: Report) -> Table:
    table = _table("mean [95% interval] by bootstrap over questions")
    for name in ("stratum", "arm", "n", *report.measures):
        table.add_column(name, justify="right" if name == "n" else "left", no_wrap=True)
    by_row: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in report.cells:
        by_row.setdefault((cell.stratum, cell.arm), {})[cell.measure] = cell
    last = ""
    for (stratum, arm), cells in by_row.items():
        if last and stratum != last:
            table.add_section()
        n = max(cell.value.n for cell in cells.values())
        shown = [_cell(cells.get(measure), n) for measure in report.measures]
        table.add_row(stratum, arm, str(n), *shown, style="dim" if arm == CEILING else None)
        last = stratum
    return table


def _cell(cell: Cell | None, n: int) -> str:
    if cell is None:
        return ""
    fewer = f" (n = {cell.value.n})" if cell.value.n != n else ""
    value = cell.value
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]{fewer}"


def _differences(report: Report) -> Table:
    table = _table("paired randomisation tests, Holm-corrected over this table")
    for name in ("measure", "comparison", "n", "difference", "p", "verdict"):
        table.add_column(name, no_wrap=True)
    for row in report.comparisons:
        table.add_row(
            row.measure,
            f"{row.arm} − {row.against}",
            str(row.difference.n),
            figure(row.difference, signed=True),
            f"{row.p_holm:.4f}",
            verdict(row),
        )
    return table


def _conduct(report: Report) -> Table:
    table = _table("how the arms worked")
    heads = ("arm", "n", "answered", "cut short", "hits", "p50 ms", "p95 ms", "p99 ms")
    for name in (*heads, "LM calls", "LM tokens", "built in"):
        table.add_column(name, justify="left" if name == "arm" else "right", no_wrap=True)
    for row in report.conduct:
        if row.not_run:
            table.add_row(row.arm, findings.NOT_RUN + ": " + row.not_run)
            continue
        table.add_row(
            row.arm,
            str(row.asked),
            *(f"{share.mean:.0%}" if share else "" for share in _shares(row)),
            *(f"{ms.mean:.1f}" if ms else "" for ms in (row.p50_ms, row.p95_ms, row.p99_ms)),
            f"{row.lm_calls.mean:.2f}" if row.lm_calls else "",
            f"{row.lm_tokens.mean:.0f}" if row.lm_tokens else "",
            f"{row.built.seconds:.1f} s" if row.built.seconds else "",
        )
    return table


def _shares(row: Conduct) -> tuple[Interval | None, ...]:
    return row.answered, row.degraded, row.hits


def _found(told: findings.Table) -> Table:
    table = _table(told.title)
    for name in (*told.heads, "n", *told.measures):
        table.add_column(name, no_wrap=True)
    for row in told.rows:
        sizes = sorted({value.n for value in row.figures if isinstance(value, Interval)})
        table.add_row(*row.labels, "–".join(map(str, sizes)), *map(figure, row.figures))
    return table


def _table(title: str) -> Table:
    from rich.table import Table

    return Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
