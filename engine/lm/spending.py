"""What LM calls cost today, counted across processes and restarts, with a cap on the day.

A call is written down at its highest possible cost before it is made and corrected afterwards, so
a process that dies in between leaves the count too high, never too low. Only the first of the two
waits for the disk, and only where there is a cap: a correction that a power cut loses leaves the
count too high as well. Days are UTC.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from goeswith.prompts import BudgetSpentError, Cost

_LOG = logging.getLogger(__name__)
_TABLE = """CREATE TABLE IF NOT EXISTS spent (
    day TEXT, stage TEXT, calls INTEGER, tokens INTEGER, usd REAL, PRIMARY KEY (day, stage)
) WITHOUT ROWID"""
_ADD = """INSERT INTO spent VALUES (?, ?, ?, ?, ?) ON CONFLICT (day, stage) DO UPDATE SET
    calls = calls + excluded.calls, tokens = tokens + excluded.tokens, usd = usd + excluded.usd"""
_PATIENCE_S = 2.0


class Today(msgspec.Struct, frozen=True):
    """What calls have cost on a day, UTC, beside its caps. A cap of 0 is no cap.

    `stages` holds the share of each stage: "plan", "relate", and so on.
    """

    day: str
    calls: int
    tokens: int
    usd: float
    calls_per_day: int
    usd_per_day: float
    stages: dict[str, Cost]


def utc_day() -> str:
    """Return today's date in UTC."""
    return datetime.now(UTC).date().isoformat()


class Ledger:
    """A purse that all processes of a home share. Safe for threads.

    The file stays open between calls: opening it anew costs a model's event loop more than writing.

    Args:
        path: file of the count; its folder is made when it is missing.
        calls: calls a day; 0 is no cap.
        usd: US dollars a day; 0 is no cap.
        today: gives the day.
    """

    def __init__(
        self, path: Path, *, calls: int = 0, usd: float = 0.0, today: Callable[[], str] = utc_day
    ) -> None:
        self._path = path
        self._calls = calls
        self._usd = usd
        self._today = today
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._pid = 0

    def reserve(self, stage: str, cost: Cost) -> None:
        """Write a cost down, or refuse it.

        Raises:
            BudgetSpentError: a cap would be passed, or there is one and nothing can be written.
        """
        day = self._today()
        try:
            # Without a cap nothing hangs on the count: a power cut may take its last entries.
            with self._writing("FULL" if self._calls or self._usd else "NORMAL") as db:
                calls, usd = db.execute(
                    "SELECT total(calls), total(usd) FROM spent WHERE day = ?", (day,)
                ).fetchone()
                over = self._calls and calls + cost.calls > self._calls
                if over or (self._usd and usd + cost.usd > self._usd):
                    raise BudgetSpentError(f"The LM budget of this day is spent ({stage}).")
                db.execute(_ADD, (day, stage, cost.calls, cost.tokens, cost.usd))
        except (sqlite3.Error, OSError) as error:
            if self._calls or self._usd:
                raise BudgetSpentError(
                    f"The LM budget of this day cannot be counted: {error}."
                ) from None
            _LOG.warning("LM calls of this day are not counted: %s", error)

    def settle(self, stage: str, reserved: Cost, actual: Cost) -> None:
        """Correct what was written down by what the call did cost."""
        change = actual - reserved
        if change == Cost():
            return
        try:
            with self._writing("NORMAL") as db:
                row = (self._today(), stage, change.calls, change.tokens, change.usd)
                db.execute(_ADD, row)
        except (sqlite3.Error, OSError) as error:
            _LOG.warning("The LM count of this day stays too high: %s", error)

    def spent(self, day: str = "") -> dict[str, Cost]:
        """Return what each stage cost on a day, today by default; empty when nothing was spent."""
        if not self._path.exists():
            return {}
        with self._lock:
            rows = (
                self._open()
                .execute(
                    "SELECT stage, calls, tokens, usd FROM spent WHERE day = ? ORDER BY stage",
                    (day or self._today(),),
                )
                .fetchall()
            )
        return {stage: Cost(calls, tokens, usd) for stage, calls, tokens, usd in rows}

    def today(self) -> Today:
        """Return what this day has cost so far, over all processes of the home.

        A count that cannot be read is shown as nothing spent, and said in the log.
        """
        day = self._today()
        try:
            stages = self.spent(day)
        except (sqlite3.Error, OSError) as error:
            _LOG.warning("What models cost today cannot be read: %s", error)
            stages = {}
        total = sum(stages.values(), Cost())
        return Today(
            day, total.calls, total.tokens, round(total.usd, 6), self._calls, self._usd, stages
        )

    def close(self) -> None:
        """Close the file. It is opened again when it is needed again."""
        with self._lock:
            self._drop()

    @contextmanager
    def _writing(self, synchronous: str) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all of it, or nothing where an error leaves the block."""
        with self._lock:
            db = self._open()
            try:
                db.execute(f"PRAGMA synchronous = {synchronous}")
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BudgetSpentError:
                db.execute("ROLLBACK")
                raise
            except BaseException:
                self._drop()
                raise

    def _open(self) -> sqlite3.Connection:
        if self._db is not None and self._pid == os.getpid():
            return self._db
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        db = sqlite3.connect(
            self._path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(_TABLE)
        except sqlite3.Error:
            db.close()
            raise
        weakref.finalize(self, db.close)
        self._db, self._pid = db, os.getpid()
        return db

    def _drop(self) -> None:
        if self._db is not None and self._pid == os.getpid():
            self._db.close()
        self._db = None
