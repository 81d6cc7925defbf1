"""The warm-up: builds what a log asks for, in order of worth, inside limits, and can be resumed.

Knows nothing of what a question is or how an answer is made: it is given a reader, a way to look
in the store, and an executor.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from goeswith.cache.warmup.counting import Tally, Wanted
from goeswith.cache.warmup.journal import Journal, peek
from goeswith.cache.warmup.plan import EVERYTHING, Choice, Known, Plan, digest_of, make_plan
from goeswith.cache.warmup.ranking import Means
from goeswith.cache.warmup.work import (
    FREE,
    UNLIMITED,
    Built,
    Executor,
    Limits,
    Outcome,
    Spend,
)

FAILURES_IN_A_ROW = 50
"""So many failures without a success between them stop a warm-up: something is broken."""

JOURNAL = "checkpoint.jsonl"
MEANS = "measured.json"

Clock = Callable[[], float]

Opening = Callable[[], Executor]
"""Opens an executor. Whoever calls it closes what it returns."""


Progress = Callable[[int, int], None]
"""Is told after every question how many this run worked off, and how many it has to."""


class Result(msgspec.Struct, frozen=True):
    """What a warm-up did, earlier interrupted runs of it included, except where stated.

    Attributes:
        log_lines: Rows of the log.
        bad_lines: Rows that could not be used, by reason.
        other_lines: Rows about something else than questions.
        asks: How often anything was asked.
        unread: How often questions that cannot be warmed were asked, by reason.
        distinct: Different questions.
        chosen: Questions chosen by `--top` and `--limit`.
        already_warm: Chosen questions that the store had before the warm-up began.
        built: Answers built and stored.
        empty: Questions found to have no answer; kept for a short time, not counted as covered.
        failed: Questions not stored, by reason.
        left: Chosen questions not reached.
        stopped: Why not all were reached: "lm_calls", "usd", "seconds", "failures" or "".
        resumed: Questions that earlier runs had worked off.
        covered_before: Part of the asks (0..1) that the store answered before this run.
        covered: Part of the asks that the store answers now.
        hits_gained: Asks of this log that are hits because of this warm-up.
        opening_seconds: Wall clock until the workers of this run were ready.
        seconds: Wall clock of this run, from the first build to the last.
        build_seconds: Time spent in builds of this run, added up over workers.
        spend: LM calls, tokens and money.
    """

    log_lines: int
    bad_lines: dict[str, int]
    other_lines: int
    asks: int
    unread: dict[str, int]
    distinct: int
    chosen: int
    already_warm: int
    built: int
    empty: int
    failed: dict[str, int]
    left: int
    stopped: str
    resumed: int
    covered_before: float
    covered: float
    hits_gained: int
    opening_seconds: float
    seconds: float
    build_seconds: float
    spend: Spend


class Job:
    """One warm-up of a home. The caller holds the lock (`only_one`)."""

    def __init__(
        self,
        folder: Path,
        tally: Tally,
        known: Known,
        *,
        choice: Choice = EVERYTHING,
        limits: Limits = UNLIMITED,
        ceiling: Spend = FREE,
        clock: Clock = time.monotonic,
    ) -> None:
        """Prepare a warm-up.

        Args:
            folder: Holds the checkpoint and the measured build times.
            tally: What the log asks for.
            known: Looks in the store.
            choice: How much of the ranking to warm.
            limits: What may be spent.
            ceiling: The most one question may spend. A question is begun only if the limits hold
                even when it and all that are under way spend that much.
            clock: Monotonic seconds.

        Raises:
            LimitError: The limits do not suffice for one question.
        """
        limits.check(ceiling)
        self.folder = folder
        self.tally = tally
        self.limits = limits
        self.ceiling = ceiling
        self._known = known
        self._choice = choice
        self._clock = clock
        self._digest = digest_of(tally, choice)
        self.means = Means.load(folder / MEANS)

    def plan(self, *, restart: bool = False) -> Plan:
        """Return what there is to do. Changes nothing."""
        read = None if restart else peek(self.folder / JOURNAL, self._digest)
        savings = self.means.savings() if read is None else read.head.savings
        done = {} if read is None else read.done
        return make_plan(self.tally, savings, self._choice, self._known, done)

    def run(
        self, opening: Opening, *, restart: bool = False, progress: Progress | None = None
    ) -> Result:
        """Build what there is to do, and note each question in the checkpoint once it is stored.

        Args:
            opening: Opens what builds and stores; not called when there is nothing to do.
            restart: Forget the checkpoint: try again what failed, and count spending anew.
            progress: Is told after every question.

        Raises:
            WarmupError: The checkpoint cannot be written.
            ExecutorError: No worker is left.
        """
        path = self.folder / JOURNAL
        with Journal.open(path, self._digest, self.means.savings(), restart=restart) as journal:
            resumed = len(journal.done)
            plan = make_plan(
                self.tally, journal.head.savings, self._choice, self._known, journal.done
            )
            run = _Run(self, plan, journal, self._clock)
            if plan.todo:
                try:
                    run.all(opening, progress)
                finally:
                    self.means.save(self.folder / MEANS)
            if not run.stopped:
                journal.finish()
            return self._result(plan, journal, run, resumed)

    def _result(self, plan: Plan, journal: Journal, run: _Run, resumed: int) -> Result:
        wanted, done = self.tally.wanted, journal.done.values()
        outcomes = Counter(entry.outcome for entry in done)
        reasons = Counter(entry.reason for entry in done if entry.outcome is Outcome.FAILED)
        complete = [entry.key for entry in done if entry.outcome is Outcome.COMPLETE]
        touched = journal.done.keys() | run.left
        now = plan.covered + sum(wanted[key].count for key in run.stored)
        asks = max(self.tally.asks, 1)
        return Result(
            log_lines=self.tally.lines,
            bad_lines=self.tally.bad,
            other_lines=self.tally.other,
            asks=self.tally.asks,
            unread=self.tally.unread,
            distinct=len(wanted),
            chosen=plan.chosen,
            already_warm=plan.chosen - len(touched),
            built=outcomes[Outcome.COMPLETE],
            empty=outcomes[Outcome.EMPTY],
            failed=dict(sorted(reasons.items())),
            left=len(run.left),
            stopped=run.stopped,
            resumed=resumed,
            covered_before=plan.covered / asks,
            covered=now / asks,
            hits_gained=sum(wanted[key].count for key in complete),
            opening_seconds=run.opening_seconds,
            seconds=run.seconds,
            build_seconds=run.build_seconds,
            spend=journal.spent(),
        )


class _Run:
    """The loop of one run."""

    def __init__(self, job: Job, plan: Plan, journal: Journal, clock: Clock) -> None:
        self.stopped = ""
        self.opening_seconds = 0.0
        self.seconds = 0.0
        self.build_seconds = 0.0
        self.stored: list[str] = []
        self._job = job
        self._journal = journal
        self._clock = clock
        self._waiting = list(reversed(plan.todo))
        self._flying: dict[str, Wanted] = {}
        self._spent = journal.spent()
        self._failures = 0

    @property
    def left(self) -> set[str]:
        return {item.key for item in self._waiting}

    def all(self, opening: Opening, progress: Progress | None) -> None:
        began = self._clock()
        executor = opening()
        self.opening_seconds = self._clock() - began
        try:
            self._build(executor, progress)
        finally:
            executor.close()

    def _build(self, executor: Executor, progress: Progress | None) -> None:
        began = self._clock()
        total, done = len(self._waiting), 0
        while True:
            while self._waiting and len(self._flying) < executor.slots:
                self.stopped = self._stop(began)
                if self.stopped:
                    break
                item = self._waiting.pop()
                self._flying[item.key] = item
                self._journal.begin(item.key, self._job.ceiling)
                executor.submit(item.key, item.text)
            if not self._flying:
                break
            for key, built in executor.wait():
                self._land(self._flying.pop(key), built)
                done += 1
                if progress is not None:
                    progress(done, total)
        self.seconds = self._clock() - began

    def _stop(self, began: float) -> str:
        limits = self._job.limits
        if limits.seconds is not None and self._clock() - began >= limits.seconds:
            return "seconds"
        if self._failures >= FAILURES_IN_A_ROW:
            return "failures"
        return limits.passed(self._spent.plus(self._job.ceiling, len(self._flying) + 1))

    def _land(self, item: Wanted, built: Built) -> None:
        self._journal.add(item.key, built)
        self._spent = self._spent.plus(built.spend)
        self.build_seconds += built.seconds
        if built.outcome is Outcome.FAILED:
            self._failures += 1
            return
        self._failures = 0
        self._job.means.add(item.kind, built)
        if built.outcome is Outcome.COMPLETE:
            self.stored.append(item.key)
