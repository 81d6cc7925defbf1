"""What a warm-up would come to, from a sample of real builds that go to a store of their own.

The questions to build are known exactly, so are those already warm. A sampled question counts as
measured, any other as the mean of its kind in the tail of the sample. Sampled builds write to a
scratch store on the same disk, so storing is part of what is measured.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping

import msgspec

from goeswith.cache.warmup.job import Clock, Job, Opening
from goeswith.cache.warmup.plan import Plan
from goeswith.cache.warmup.sample import Sample, Sum, take
from goeswith.cache.warmup.work import Spend

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
        sample: Builds at most. They spend what they spend, inside the limits of the job.
        clock: Monotonic seconds.
    """
    plan = job.plan(restart=restart)
    return _told(job, plan, take(job, plan.todo, opening, sample, clock))


def _means(plan: Plan, sample: Sample) -> Mapping[str, Sum]:
    """Return the means by kind; the mean of all for a kind that was not reached."""
    kinds: dict[str, Sum] = {}
    every = Sum()
    for item in plan.todo:
        built = sample.tail.get(item.key)
        if built is not None:
            kinds.setdefault(item.kind, Sum()).add(built)
            every.add(built)
    return defaultdict(lambda: every, kinds)


def _told(job: Job, plan: Plan, sample: Sample) -> Estimate:
    """Walk through the ranking until a limit is reached."""
    means = _means(plan, sample)
    limits, tally = job.limits, job.tally
    total, reached, stopped = Sum(), 0, ""
    for item in plan.todo:
        stopped = limits.passed(total.spend().plus(job.ceiling))
        if limits.seconds is not None and total.seconds * sample.stretch >= limits.seconds:
            stopped = "seconds"
        if stopped:
            break
        reached += 1
        if item.key in sample.measured:
            total.add(sample.measured[item.key], item.count)
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
        sampled=len(sample.measured),
        complete=round(total.complete),
        opening_seconds=sample.opening_seconds,
        seconds=total.seconds * sample.stretch,
        covered_before=plan.covered / asks,
        covered=(plan.covered + total.gained) / asks,
        hits_gained=round(total.gained),
        spend=total.spend(),
    )
