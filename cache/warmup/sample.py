"""A sample of real builds, to estimate a warm-up from.

Half of it is the head of the ranking, which weighs most; the rest is spread evenly over the tail,
every kind by its share. It is the same at every run. The tail of the sample is built twice: later
builds are cheaper than first ones, because what they need is in memory by then, and only the
second time shows by how much. Where builds make LM calls they are not made twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from goeswith.cache.warmup.counting import Wanted
from goeswith.cache.warmup.job import Clock, Job, Opening
from goeswith.cache.warmup.work import Built, Executor, Outcome, Spend, total_of


class Sample(msgspec.Struct):
    """Builds measured.

    Attributes:
        measured: By key, what came of the first build.
        tail: By key, the same for the tail, with the time a build is expected to take.
        stretch: Seconds of wall clock for a second of building: 1 / workers at best.
        opening_seconds: Wall clock until the workers were ready.
    """

    measured: dict[str, Built] = {}
    tail: dict[str, Built] = {}
    stretch: float = 1.0
    opening_seconds: float = 0.0


def take(job: Job, todo: Sequence[Wanted], opening: Opening, most: int, clock: Clock) -> Sample:
    """Build about `most` of the questions, fewer where the limits of the job are reached.

    Args:
        job: Its limits hold for the sample too.
        todo: What the warm-up would build, ranked.
        opening: Opens what builds into a scratch store, and builds anew what was built before.
        most: Questions to build.
        clock: Monotonic seconds.
    """
    chosen = sampled(todo, most)
    if not chosen:
        return Sample()
    began = clock()
    executor = opening()
    opened = clock()
    try:
        measured = _build(job, chosen, executor, Spend())
        wall = clock() - opened
        spent = total_of(built.spend for built in measured.values())
        again = [item for item in chosen[most // 2 :] if item.key in measured]
        tail = {item.key: measured[item.key] for item in again}
        if len(todo) > len(chosen) and not spent.lm_calls:
            first = len(chosen) / len(todo)
            for key, second in _build(job, again, executor, spent).items():
                seconds = first * tail[key].seconds + (1.0 - first) * second.seconds
                tail[key] = msgspec.structs.replace(tail[key], seconds=seconds)
    finally:
        executor.close()
    busy = sum(built.seconds for built in measured.values())
    return Sample(measured, tail, wall / busy if busy > 0.0 else 1.0, opened - began)


def sampled(todo: Sequence[Wanted], most: int) -> list[Wanted]:
    """Return about `most` questions in the order of the ranking: all of them if there are fewer."""
    if len(todo) <= most:
        return list(todo)
    head = most // 2
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(todo[head:], head):
        by_kind[item.kind].append(place)
    places = list(range(head))
    for found in by_kind.values():
        count = max(round((most - head) * len(found) / (len(todo) - head)), 1)
        places += [found[(2 * n + 1) * len(found) // (2 * count)] for n in range(count)]
    return [todo[place] for place in sorted(places)]


def _build(
    job: Job, chosen: Sequence[Wanted], executor: Executor, spent: Spend
) -> dict[str, Built]:
    """Build what the limits let."""
    waiting = list(reversed(chosen))
    flying = 0
    measured: dict[str, Built] = {}
    while waiting or flying:
        while waiting and flying < executor.slots:
            if job.limits.passed(spent.plus(job.ceiling, flying + 1)):
                break
            item = waiting.pop()
            flying += 1
            executor.submit(item.key, item.text)
        if not flying:
            break
        done = executor.wait()
        flying -= len(done)
        measured.update(done)
        for _, built in done:
            spent = spent.plus(built.spend)
    return measured


class Sum(msgspec.Struct):
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

    def add_mean(self, of: Sum, asked: int) -> None:
        """Add one build as it is on average in `of`, nothing if that is empty."""
        each = (of.seconds, of.lm_calls, of.lm_tokens, of.usd, of.complete, of.complete * asked)
        self._add(1.0 / max(of.builds, 1), *each)

    def spend(self) -> Spend:
        """Return what was spent, in whole calls and tokens."""
        return Spend(round(self.lm_calls), round(self.lm_tokens), self.usd)

    def _add(self, part: float, *each: float) -> None:
        names = ("seconds", "lm_calls", "lm_tokens", "usd", "complete", "gained")
        for name, value in zip(names, each, strict=True):
            setattr(self, name, getattr(self, name) + part * value)
