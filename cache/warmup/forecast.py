"""What a warm-up would come to, from a few real builds that go to a store of their own.

The questions to build are known exactly, so are those already warm. What building takes is measured
on a sample, the same at every run: half of it is the head of the ranking, which weighs most; the
other half is spread evenly over the rest, every kind by its share. A sampled question counts as
measured, any other as the mean of its kind in the rest. Sampled builds write to a scratch store on
the same disk, so storing is part of what is measured.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from goeswith.cache.warmup.counting import Wanted
from goeswith.cache.warmup.job import Clock, Job, Opening
from goeswith.cache.warmup.plan import Plan
from goeswith.cache.warmup.work import Built, Executor, Outcome, Spend

SAMPLE = 120
"""Builds sampled at most, unless told otherwise. Of every kind at least one."""


class Estimate(msgspec.Struct, frozen=True):
    """What a warm-up would come to.

    Attributes:
        log_lines: Rows of the log.
        asks: How often anything was asked.
        distinct: Different questions.
        chosen: Questions chosen by `--top` and `--limit`.
        already_warm: Of those, how many the store has.
        to_build: Questions that would be worked off before a limit stops the warm-up.
        stopped: The limit that would stop it, or "".
        sampled: Builds this estimate rests on.
        complete: Expected number of answers stored.
        opening_seconds: Wall clock until the workers are ready.
        seconds: Expected wall clock of the builds.
        covered_before: Part of the asks (0..1) that the store answers now.
        covered: Expected part of the asks that the store answers afterwards.
        hits_gained: Expected number of asks of this log that become hits.
        spend: Expected LM calls, tokens and money.
    """

    log_lines: int
    asks: int
    distinct: int
    chosen: int
    already_warm: int
    to_build: int
    stopped: str
    sampled: int
    complete: int
    opening_seconds: float
    seconds: float
    covered_before: float
    covered: float
    hits_gained: int
    spend: Spend


class _Sum(msgspec.Struct):
    """Builds added up."""

    seconds: float = 0.0
    lm_calls: float = 0.0
    lm_tokens: float = 0.0
    usd: float = 0.0
    complete: float = 0.0
    gained: float = 0.0
    builds: int = 0

    def add(self, built: Built, asked: int = 1) -> None:
        """Add one build of a question that is asked so often."""
        complete = built.outcome is Outcome.COMPLETE
        each = (built.seconds, built.spend.lm_calls, built.spend.lm_tokens, built.spend.usd)
        self._add(1.0, *each, complete, complete * asked)
        self.builds += 1

    def add_mean(self, of: _Sum, asked: int) -> None:
        """Add one build as it is on average."""
        each = (of.seconds, of.lm_calls, of.lm_tokens, of.usd, of.complete, of.complete * asked)
        self._add(1.0 / of.builds, *each)

    def spend(self) -> Spend:
        """Return what was spent, in whole calls and tokens."""
        return Spend(round(self.lm_calls), round(self.lm_tokens), self.usd)

    def _add(self, part: float, *each: float) -> None:
        names = ("seconds", "lm_calls", "lm_tokens", "usd", "complete", "gained")
        for name, value in zip(names, each, strict=True):
            setattr(self, name, getattr(self, name) + part * value)


def estimate(
    job: Job,
    opening: Opening,
    *,
    restart: bool = False,
    sample: int = SAMPLE,
    clock: Clock = time.monotonic,
) -> Estimate:
    """Estimate a warm-up. Stores nothing but what the executor puts into its scratch store.

    Args:
        job: What would be done.
        opening: Opens what builds into a scratch store, with the workers of the warm-up.
        restart: As for `Job.run`.
        sample: Builds at most.
        clock: Monotonic seconds.
    """
    plan = job.plan(restart=restart)
    chosen = sampled(plan.todo, sample)
    measured: dict[str, Built] = {}
    wall = opened = 0.0
    if chosen:
        began = clock()
        executor = opening()
        opened = clock() - began
        try:
            measured = _build(chosen, executor)
        finally:
            executor.close()
        wall = clock() - began - opened
    busy = sum(built.seconds for built in measured.values())
    stretch = wall / busy if busy > 0.0 else 1.0
    found = _told(job, plan, measured, _means(chosen[sample // 2 :], measured), stretch)
    return msgspec.structs.replace(found, opening_seconds=opened)


def sampled(todo: Sequence[Wanted], most: int) -> list[Wanted]:
    """Return about `most` questions in the order of the ranking."""
    if len(todo) <= most:
        return list(todo)
    head = most // 2
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(todo[head:], head):
        by_kind[item.kind].append(place)
    places = list(range(head))
    for found in by_kind.values():
        take = max(round((most - head) * len(found) / (len(todo) - head)), 1)
        places += [found[(2 * n + 1) * len(found) // (2 * take)] for n in range(take)]
    return [todo[place] for place in sorted(places)]


def _build(chosen: Sequence[Wanted], executor: Executor) -> dict[str, Built]:
    """Build the sample."""
    waiting = list(reversed(chosen))
    flying = 0
    measured: dict[str, Built] = {}
    while waiting or flying:
        while waiting and flying < executor.slots:
            item = waiting.pop()
            flying += 1
            executor.submit(item.key, item.text)
        done = executor.wait()
        flying -= len(done)
        measured.update(done)
    return measured


def _means(chosen: Sequence[Wanted], measured: Mapping[str, Built]) -> dict[str, _Sum]:
    """Add up by kind."""
    sums: defaultdict[str, _Sum] = defaultdict(_Sum)
    for item in chosen:
        sums[item.kind].add(measured[item.key])
    return sums


def _told(
    job: Job,
    plan: Plan,
    measured: Mapping[str, Built],
    means: Mapping[str, _Sum],
    stretch: float,
) -> Estimate:
    """Walk through the ranking until a limit is reached.

    `stretch` is seconds of wall clock for a second of building, 1 / workers at best.
    """
    limits, tally = job.limits, job.tally
    total, reached, stopped = _Sum(), 0, ""
    for item in plan.todo:
        stopped = limits.passed(total.spend().plus(job.ceiling))
        if limits.seconds is not None and total.seconds * stretch >= limits.seconds:
            stopped = "seconds"
        if stopped:
            break
        reached += 1
        if item.key in measured:
            total.add(measured[item.key], item.count)
        else:
            total.add_mean(means[item.kind], item.count)
    asks = max(tally.asks, 1)
    return Estimate(
        log_lines=tally.lines,
        asks=tally.asks,
        distinct=len(tally.wanted),
        chosen=plan.chosen,
        already_warm=plan.warm,
        to_build=reached,
        stopped=stopped,
        sampled=len(measured),
        complete=round(total.complete),
        opening_seconds=0.0,
        seconds=total.seconds * stretch,
        covered_before=plan.covered / asks,
        covered=(plan.covered + total.gained) / asks,
        hits_gained=round(total.gained),
        spend=total.spend(),
    )
