"""What was indexed, and how fast questions were, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goeswith.engine.answer import Answer
from goeswith.engine.cli.render import duration

if TYPE_CHECKING:
    from rich.console import Console

    from goeswith.engine.index.indexing import IndexReport


def show_index(console: Console, report: IndexReport) -> None:
    """Print what an index run read, kept and turned away."""
    for line in report.lines():
        console.print(line)


def show_timings(
    console: Console, cold: Sequence[Answer], disk: Sequence[Answer], memory: Sequence[Answer]
) -> None:
    """Print one row a question: built, then from a new process's disk, then from memory."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("question", "built", "again, cache opened anew", "and once more", "same bytes"):
        table.add_column(name)
    for first, second, third in zip(cold, disk, memory, strict=True):
        same = first.body == second.body == third.body
        table.add_row(
            first.question, _told(first), _told(second), _told(third), "yes" if same else "no"
        )
    console.print(table)


def _told(answer: Answer) -> str:
    time = duration(answer.cost.wall_ms)
    return time if answer.cache.tier == "none" else f"{answer.cache.tier}, {time}"
