"""What there is to do: the questions chosen, ranked, and without those that are warm."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping

import msgspec

from goeswith.cache.warmup.counting import Tally, Wanted
from goeswith.cache.warmup.journal import Entry
from goeswith.cache.warmup.ranking import Savings, ranked
from goeswith.cache.warmup.work import Outcome

Known = Callable[[str], Outcome | None]
"""Looks in the store: COMPLETE or EMPTY when the key would be served fresh, else None."""


class Choice(msgspec.Struct, frozen=True):
    """How much of the ranking to warm: its first part `top` (0..1), at most `limit` questions."""

    top: float = 1.0
    limit: int | None = None

    def cut(self, count: int) -> int:
        """Return how many of `count` ranked questions are chosen."""
        chosen = math.ceil(self.top * count - 1e-9)
        return chosen if self.limit is None else min(chosen, self.limit)


EVERYTHING = Choice()


class Plan(msgspec.Struct, frozen=True):
    """What a warm-up would do now.

    Attributes:
        todo: To build, the most worthwhile first.
        chosen: Questions the choice left, warm ones included.
        warm: Of those, how many the store already has.
        tried: Of those, how many an interrupted run has tried and cannot store.
        covered: Asks of the whole log that the store answers already.
    """

    todo: tuple[Wanted, ...]
    chosen: int
    warm: int
    tried: int
    covered: int


def make_plan(
    tally: Tally, savings: Savings, choice: Choice, known: Known, done: Mapping[str, Entry]
) -> Plan:
    """Rank, cut, and leave out what is warm or was tried before."""
    order = ranked(tally.wanted.values(), savings)
    cut = choice.cut(len(order))
    todo: list[Wanted] = []
    warm = tried = covered = 0
    for place, item in enumerate(order):
        kept = known(item.key)
        covered += item.count if kept is Outcome.COMPLETE else 0
        if place >= cut:
            continue
        before = done.get(item.key)
        if kept is not None:
            warm += 1
        elif before is not None and before.outcome is not Outcome.COMPLETE:
            tried += 1
        else:
            todo.append(item)
    return Plan(tuple(todo), cut, warm, tried, covered)


def digest_of(tally: Tally, choice: Choice) -> str:
    """Return what tells one warm-up from another: the questions, their counts and the choice."""
    digest = hashlib.blake2b(msgspec.json.encode(choice), digest_size=16)
    for key in sorted(tally.wanted):
        digest.update(f"{key} {tally.wanted[key].count}\n".encode())
    return digest.hexdigest()
