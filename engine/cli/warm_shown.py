"""What a warm-up shows: progress while it runs, and what it came to."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.cli.context import console

if TYPE_CHECKING:
    from goeswith.cache.warmup import Estimate, Limits, Result, Spend
    from goeswith.cache.warmup.job import Progress

LINE_EVERY_S = 10.0
"""Seconds between lines of progress where there is no terminal."""

STOPPED = {
    "lm_calls": "the LM calls of --lm-calls are used up",
    "usd": "the money of --usd is used up",
    "seconds": "the time of --max-seconds is over",
    "failures": "too many builds failed one after the other",
}


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show how far a warm-up is, how fast, and how long it will take: a bar or sparse lines."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield Lines()
        return
    from rich import progress

    columns = (
        progress.TextColumn("  building"),
        progress.BarColumn(bar_width=30),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=screen) as bars:
        task = bars.add_task("", total=None, rate="")
        began = time.monotonic()

        def draw(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - began, 1e-9)
            bars.update(task, completed=done, total=total, rate=f"{rate:,.1f}/s")

        yield draw


class Lines:
    """Progress as a line now and then, on standard error."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """See `goeswith.cache.warmup.job.Progress`."""
        now = time.monotonic()
        if now - self._told < LINE_EVERY_S and done < total:
            return
        self._told = now
        rate = done / max(now - self._began, 1e-9)
        left = _time((total - done) / rate) if done else "?"
        sys.stderr.write(f"  {done:,} of {total:,} worked off, {rate:,.1f}/s, {left} left\n")


def show_estimate(found: Estimate, limits: Limits, *, as_json: bool) -> None:
    """Print what a warm-up would come to."""
    if as_json:
        _json(found, {"dry_run": True})
        return
    screen = console()
    screen.print(
        f"{found.log_lines:,} lines, {found.asks:,} asks, {found.distinct:,} different questions; "
        f"{found.chosen:,} chosen, {found.already_warm:,} of them warm."
    )
    screen.print(f"To build: {found.to_build:,} (estimated from {found.sampled:,} real builds).")
    time_left = f"{_time(found.opening_seconds)} to open, then {_time(found.seconds)}"
    screen.print(f"  time     {time_left}")
    screen.print(f"  cost     {_cost(found.spend)}")
    screen.print(f"  covered  {_share(found.covered_before)} of the log now, ", end="")
    screen.print(f"{_share(found.covered)} afterwards ({found.hits_gained:,} asks more)")
    if found.stopped:
        screen.print(f"It would stop early: {STOPPED[found.stopped]} (limits: {_limits(limits)}).")


def show_result(result: Result, rejects: Path, *, as_json: bool) -> None:
    """Print what a warm-up did."""
    if as_json:
        _json(result, {"dry_run": False, "rejects": str(rejects) if result.bad_lines else ""})
        return
    screen = console()
    screen.print(
        f"{result.log_lines:,} lines, {result.asks:,} asks, {result.distinct:,} different "
        f"questions; {result.chosen:,} chosen."
    )
    if result.bad_lines:
        screen.print(f"  rows not usable: {_counts(result.bad_lines)}; see {rejects}")
    if result.unread:
        screen.print(f"  asks not warmed: {_counts(result.unread)}")
    screen.print(
        f"Built {result.built:,} in {_time(result.seconds)}; {result.already_warm:,} were warm"
        + (f", {result.resumed:,} worked off before the interruption" if result.resumed else "")
        + "."
    )
    if result.empty:
        screen.print(f"  no answer in this shop: {result.empty:,}")
    if result.failed:
        screen.print(f"  not stored: {_counts(result.failed)}")
    screen.print(f"  cost     {_cost(result.spend)}")
    screen.print(f"  covered  {_share(result.covered_before)} of the log before, ", end="")
    screen.print(f"{_share(result.covered)} now ({result.hits_gained:,} asks more)")
    if result.stopped:
        why = STOPPED[result.stopped]
        screen.print(f"Stopped with {result.left:,} left: {why}.")


def _json(told: Estimate | Result, more: Mapping[str, object]) -> None:
    import msgspec

    payload = {**more, **msgspec.structs.asdict(told)}
    sys.stdout.buffer.write(msgspec.json.encode(payload) + b"\n")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items())


def _cost(spend: Spend) -> str:
    if not spend.lm_calls:
        return "no LM calls"
    return f"{spend.lm_calls:,} LM calls, {spend.lm_tokens:,} tokens, {spend.usd:.2f} USD"


def _limits(limits: Limits) -> str:
    told = (limits.lm_calls, limits.usd, limits.seconds)
    names = ("LM calls", "USD", "seconds")
    return ", ".join(
        f"{value:g} {name}" for value, name in zip(told, names, strict=True) if value is not None
    )


def _share(part: float) -> str:
    return f"{part:.1%}"


def _time(seconds: float) -> str:
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
