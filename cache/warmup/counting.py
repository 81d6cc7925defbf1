"""A query log added up by key: what was asked, and how often.

Different wordings of one question share a key and, as the reader promises, an answer. The shortest
wording stands for all (the first in alphabetical order among equals), so that the order of the log
does not matter. Wordings are kept in memory only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from goeswith.cache.warmup.log import Asked, Bad, read_log
from goeswith.cache.warmup.rejects import Rejects

REMEMBERED = 100_000
"""Wordings whose reading is remembered, so that popular ones are read once."""


class Meaning(msgspec.Struct, frozen=True):
    """What a question comes to: the key of its answer, and its kind, for measuring."""

    key: str
    kind: str


class Unread(msgspec.Struct, frozen=True):
    """Why a question is not warmed: a word to count by."""

    reason: str


Reader = Callable[[str], Meaning | Unread]
"""Reads a question. Questions with equal keys must have equal answers."""


class Wanted(msgspec.Struct):
    """One question of the log: its key, a wording, its kind, and how often it was asked.

    `elsewhere` counts asks that are not of this log, such as those of live traffic: they raise its
    rank and say nothing about how much of the log is covered.
    """

    key: str
    text: str
    kind: str
    count: int
    elsewhere: int = 0


class Tally(msgspec.Struct):
    """What a log came to.

    Attributes:
        wanted: By key.
        lines: Rows read, good or bad.
        asks: How often anything was asked, unread questions included.
        other: Rows about something else.
        bad: Rows that cannot be used, by reason.
        unread: How often questions that cannot be warmed were asked, by reason.
    """

    wanted: dict[str, Wanted] = {}
    lines: int = 0
    asks: int = 0
    other: int = 0
    bad: dict[str, int] = {}
    unread: dict[str, int] = {}


def tally(
    files: Iterable[Path], read: Reader, rejects: Path, *, form: str | Path | None = None
) -> Tally:
    """Read and add up query logs.

    Args:
        files: Logs, as `read_log` takes them.
        read: Reads a question.
        rejects: Where rows that cannot be used are listed.
        form: Name or file of the format; the content tells if it is left out.

    Raises:
        LogError: A log or the format cannot be used.
        WarmupError: The list of rejects cannot be written.
    """
    told = Tally()
    unread: Counter[str] = Counter()
    known: dict[str, Meaning | Unread] = {}
    with Rejects(rejects) as bad:
        for file in files:
            for row in read_log(file, form):
                told.lines += 1
                if isinstance(row, Bad):
                    bad.add(file.name, row)
                elif not isinstance(row, Asked):
                    told.other += 1
                else:
                    told.asks += row.times
                    meaning = known.get(row.text)
                    if meaning is None:
                        if len(known) >= REMEMBERED:
                            known.clear()
                        meaning = known[row.text] = read(row.text)
                    if isinstance(meaning, Unread):
                        unread[meaning.reason] += row.times
                    else:
                        _add(told.wanted, meaning, row)
    told.bad = dict(sorted(bad.counts.items()))
    told.unread = dict(sorted(unread.items()))
    return told


def _add(wanted: dict[str, Wanted], meaning: Meaning, row: Asked) -> None:
    entry = wanted.get(meaning.key)
    if entry is None:
        wanted[meaning.key] = Wanted(meaning.key, row.text, meaning.kind, row.times)
        return
    entry.count += row.times
    if (len(row.text), row.text) < (len(entry.text), entry.text):
        entry.text = row.text
