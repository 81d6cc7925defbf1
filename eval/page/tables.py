"""The tables of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from goeswith.eval import findings
from goeswith.eval.conduct import Conduct
from goeswith.eval.report import CEILING, Cell, Report, subject, verdict
from goeswith.eval.show import figure
from goeswith.eval.statistics import Interval

_ALWAYS = 8
"""Columns of how the arms worked that are shown even when they are empty."""

_MARKS = {"better": "good", "worse": "bad", "not significant": "even"}


def table(heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], numbers: int) -> str:
    """Return a table.

    Args:
        heads: of the columns.
        rows: a CSS class and cells, which are HTML.
        numbers: the first column of figures.
    """
    head = "".join(
        f'<th{_of(i, numbers)} scope="col">{escape(name)}</th>' for i, name in enumerate(heads)
    )
    body = "".join(
        f'<tr class="{kind}">'
        + "".join(f"<td{_of(i, numbers)}>{cell}</td>" for i, cell in enumerate(cells))
        + "</tr>"
        for kind, cells in rows
    )
    inside = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{inside}</table></div>'


def means(report: Report) -> str:
    """Return the means of every stratum and arm."""
    by_row: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in report.cells:
        by_row.setdefault((cell.stratum, cell.arm), {})[cell.measure] = cell
    own = subject(report.arms())
    rows = []
    last = ""
    for (stratum, arm), cells in by_row.items():
        kind = "ceiling" if arm == CEILING else "own" if arm == own else ""
        kind += " first" if stratum != last else ""
        n = max(cell.value.n for cell in cells.values())
        values = [_cell(cells.get(measure), n) for measure in report.measures]
        rows.append((kind, [escape(stratum), escape(arm), str(n), *values]))
        last = stratum
    return table(("stratum", "arm", "n", *report.measures), rows, 2)


def differences(report: Report) -> str:
    """Return the comparisons with their verdicts."""
    rows = []
    for row in report.comparisons:
        said = verdict(row)
        rows.append(
            (
                "",
                [
                    escape(row.measure),
                    f"{escape(row.arm)} − {escape(row.against)}",
                    f'<span class="tag {_MARKS[said]}">{said}</span>',
                    str(row.difference.n),
                    figure(row.difference, signed=True),
                    f"{row.p_holm:.4f}",
                ],
            )
        )
    heads = ("measure", "comparison", "verdict", "n", "difference [95%]", "p (Holm)")
    return table(heads, rows, 3)


def conduct(report: Report) -> str:
    """Return how the arms worked. What no arm spent has no column."""
    heads = (
        "arm", "n", "answered", "cut short", "cache hits", "p50 ms", "p95 ms", "p99 ms",
        "LM calls", "LM rounds", "LM tokens", "USD", "built before", "in",
    )  # fmt: skip
    rows = [_conduct(row, len(heads)) for row in report.conduct]
    bare = {"", "0", "0.00"}
    kept = [
        place
        for place in range(len(heads))
        if place < _ALWAYS or any(cells[place] not in bare for cells in rows)
    ]
    dim = ["dim" if row.not_run else "" for row in report.conduct]
    shown = [
        (kind, [cells[place] for place in kept]) for kind, cells in zip(dim, rows, strict=True)
    ]
    return table([heads[place] for place in kept], shown, 1)


def found(told: findings.Table) -> str:
    """Return a study's table."""
    rows = []
    for row in told.rows:
        sizes = sorted({value.n for value in row.figures if isinstance(value, Interval)})
        n = "–".join(f"{size:,}" for size in dict.fromkeys((sizes[0], sizes[-1]))) if sizes else ""
        cells = [escape(figure(value)) for value in row.figures]
        rows.append(("", [*map(escape, row.labels), n, *cells]))
    return table((*told.heads, "n", *told.measures), rows, len(told.heads))


def pairs(values: Iterable[tuple[str, object]]) -> str:
    """Return names and values."""
    told = (
        f"<dt>{escape(name)}</dt><dd>{escape(f'{v:,}' if isinstance(v, int) else str(v))}</dd>"
        for name, v in values
    )
    return f"<dl>{''.join(told)}</dl>"


def _of(place: int, numbers: int) -> str:
    return ' class="num"' if place >= numbers else ""


def _cell(cell: Cell | None, n: int) -> str:
    if cell is None:
        return ""
    value = cell.value
    fewer = f" <small>n = {value.n}</small>" if value.n != n else ""
    return f"{value.mean:.3f} <small>[{value.low:.3f}, {value.high:.3f}]</small>{fewer}"


def _conduct(row: Conduct, width: int) -> list[str]:
    if row.not_run:
        return [escape(row.arm), f"not run: {escape(row.not_run)}", *[""] * (width - 2)]
    shares = (row.answered, row.degraded, row.hits)
    times = (row.p50_ms, row.p95_ms, row.p99_ms)
    spent = (row.lm_calls, row.lm_rounds, row.lm_tokens, row.usd)
    built = f"{row.built.entries:,} {row.built.about}" if row.built.entries else ""
    return [
        escape(row.arm),
        str(row.asked),
        *(f"{share.mean:.1%} <small>[{share.low:.1%}, {share.high:.1%}]</small>" if share else ""
          for share in shares),
        *(_small(time, 1) for time in times),
        *(_small(one, 2) for one in spent),
        escape(built),
        f"{row.built.seconds:,.1f} s" if row.built.seconds else "",
    ]  # fmt: skip


def _small(value: Interval | None, digits: int) -> str:
    if value is None:
        return ""
    if value.low == value.high:
        return f"{value.mean:,.{digits}f}"
    return (
        f"{value.mean:,.{digits}f} "
        f"<small>[{value.low:,.{digits}f}, {value.high:,.{digits}f}]</small>"
    )
