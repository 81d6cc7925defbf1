"""How the arms worked: answers, latency, LM use, what was built beforehand, and when that pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from goeswith.eval.findings import Row, Table
from goeswith.eval.measures import Scores
from goeswith.eval.model import Built, Given
from goeswith.eval.run import Played
from goeswith.eval.statistics import Interval, bootstrap, proportion, quantile

PER_QUESTION = "query-time"
"""The arm that a prebuilt one is held against."""

_HIT_TIERS = ("memory", "disk", "shared", "paraphrase")


class Conduct(msgspec.Struct, frozen=True):
    """How an arm worked.

    `answered`, `degraded` and `hits` are shares of questions; `p50_ms` and the like are quantiles
    over questions; `lm_calls`, `lm_rounds`, `lm_tokens` and `usd` are means over questions.
    """

    arm: str
    asked: int = 0
    answered: Interval | None = None
    degraded: Interval | None = None
    hits: Interval | None = None
    p50_ms: Interval | None = None
    p95_ms: Interval | None = None
    p99_ms: Interval | None = None
    lm_calls: Interval | None = None
    lm_rounds: Interval | None = None
    lm_tokens: Interval | None = None
    usd: Interval | None = None
    built: Built = Built()
    not_run: str = ""


def conduct_of(name: str, arm: Played, seed: int) -> Conduct:
    """Return how an arm worked."""
    if arm.not_run:
        return Conduct(name, not_run=arm.not_run)
    givens, n = arm.givens, len(arm.givens)
    wall = np.array(arm.wall_ms)
    p50, p95, p99 = (quantile(wall, share, seed) for share in (0.5, 0.95, 0.99))

    def mean(of: Callable[[Given], float]) -> Interval:
        return bootstrap(np.array([of(given) for given in givens], dtype=np.float64), seed)

    return Conduct(
        arm=name,
        asked=n,
        answered=proportion(sum(bool(given.items) for given in givens), n),
        degraded=proportion(sum(given.degraded for given in givens), n),
        hits=proportion(sum(given.tier in _HIT_TIERS for given in givens), n),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        lm_calls=mean(lambda given: given.lm_calls),
        lm_rounds=(
            None
            if any(given.lm_rounds is None for given in givens)
            else mean(lambda given: given.lm_rounds or 0)
        ),
        lm_tokens=mean(lambda given: given.lm_tokens),
        usd=mean(lambda given: given.usd),
        built=arm.built,
    )


def break_even(played: Mapping[str, Played], seed: int) -> Table | None:
    """Return from how many questions an arm that builds beforehand pays; None without one.

    The model: an arm costs what it built plus a mean cost for each question. A prebuilt arm pays
    from N = built / (query-time's cost a question - its own cost a question). Costs are seconds of
    computing, LM calls and money; the interval is over the questions.
    """
    each = played.get(PER_QUESTION)
    if each is None or each.not_run:
        return None
    rows = []
    for name, arm in played.items():
        if arm.not_run or name == PER_QUESTION or not (arm.built.seconds or arm.built.lm_calls):
            continue
        costs: list[tuple[float, Scores, Scores]] = [
            (arm.built.seconds, np.array(each.wall_ms) / 1e3, np.array(arm.wall_ms) / 1e3),
            (arm.built.lm_calls, _spent(each, "lm_calls"), _spent(arm, "lm_calls")),
            (arm.built.usd, _spent(each, "usd"), _spent(arm, "usd")),
        ]
        figures = tuple(_from(built, a - b, seed) for built, a, b in costs)
        rows.append(Row((name, f"{arm.built.entries:,}", f"{arm.built.seconds:.1f} s"), figures))
    if not rows:
        return None
    return Table(
        title="Break-even: questions from which building beforehand pays against query-time",
        heads=("arm", "entries built", "build time"),
        measures=("by computing time", "by LM calls", "by money"),
        rows=tuple(rows),
        note="Cost model: an arm costs what it built once, plus its mean cost for each question. "
        "Break-even N = built / (query-time's cost a question − the arm's own). A catalog that "
        "changes means building again, which this does not count.",
    )


def _spent(arm: Played, what: str) -> Scores:
    return np.array([getattr(given, what) for given in arm.givens], dtype=np.float64)


def _from(built: float, saved: Scores, seed: int) -> Interval | str:
    mean = bootstrap(saved, seed)
    if not built:
        return "nothing was spent on it"
    if mean.mean <= 0:
        return "never: a question costs no less"
    if mean.low <= 0:
        return f"about {built / mean.mean:,.0f}, without an upper limit (n = {mean.n})"
    return Interval(mean.n, built / mean.mean, built / mean.high, built / mean.low)
