"""From events to the pair evidence of a shop."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goeswith.engine.behaviour.counting import Incidence, incidence
from goeswith.engine.behaviour.events import (
    BASKET,
    NO_TIME,
    VIEW,
    EventCounts,
    Events,
    read_events,
)
from goeswith.engine.behaviour.grading import grade
from goeswith.engine.behaviour.rules import Rules, Window
from goeswith.engine.behaviour.store import Written, write
from goeswith.engine.errors import BehaviourError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goeswith.engine.behaviour.level import Level

Progress = Callable[[str, int, int | None], None]
"""Told the name of a stage, how many stages are done, and how many there are."""

_STAGES = 7

_DAY = 86_400


class BehaviourReport(msgspec.Struct, frozen=True):
    """What was mined and what was left out. Rows are items of events."""

    events: EventCounts
    used: int
    out_of_window: int
    without_time: int
    baskets: int
    baskets_too_large: int
    sessions: int
    sessions_too_large: int
    days: int
    type_pairs: int
    type_pairs_significant: int
    sku_pairs: int
    sku_pairs_significant: int
    digest: str
    field_map: str = ""


def mine(
    files: Sequence[Path],
    out: Path,
    *,
    skus: Sequence[str],
    type_of: NDArray[np.int32],
    n_types: int,
    field_map: str | Path | None = None,
    window: Window | None = None,
    rules: Rules | None = None,
    progress: Progress | None = None,
) -> BehaviourReport:
    """Read behaviour files and write pair evidence into the empty folder `out`.

    Args:
        files: CSV, JSON lines (both also gzip) or Parquet, all of one shop.
        out: a folder that is empty or does not exist yet.
        skus: the SKU of each catalog row.
        type_of: type id of each catalog row, -1 for none.
        n_types: number of types.
        field_map: name of a shipped map or path of a TOML file; found by columns when None.
        window: which events count and how fast they fade.
        rules: policy of the miner.
        progress: told about each stage.

    Raises:
        BehaviourError: if the files, the map or the window cannot be used.
        HomeWriteError: if `out` is not empty or cannot be written.
    """
    tell = progress or _silent
    tell("read", 0, _STAGES)
    events = read_events(files, skus, field_map)
    return mine_rows(
        events.baskets,
        events.rows,
        events.times,
        out,
        type_of=type_of,
        n_types=n_types,
        n_rows=len(skus),
        kinds=events.kinds,
        window=window,
        rules=rules,
        counts=events.counts,
        field_map=events.field_map,
        progress=progress,
    )


def mine_rows(
    baskets: NDArray[np.int64],
    rows: NDArray[np.int32],
    times: NDArray[np.int64] | None,
    out: Path,
    *,
    type_of: NDArray[np.int32],
    n_types: int,
    n_rows: int,
    kinds: NDArray[np.uint8] | None = None,
    window: Window | None = None,
    rules: Rules | None = None,
    counts: EventCounts | None = None,
    field_map: str = "",
    progress: Progress | None = None,
) -> BehaviourReport:
    """Mine events given as arrays, one entry per product in a basket; see `Events` and `mine`.

    The order of entries and repeated entries make no difference to a byte of the result.

    Raises:
        BehaviourError: if the arrays do not fit each other, or the window needs times.
        HomeWriteError: if `out` is not empty or cannot be written.
    """
    tell = progress or _silent
    policy, span = rules or Rules(), window or Window()
    if kinds is None:
        kinds = np.zeros(len(baskets), dtype=np.uint8)
    if times is None:
        times = np.full(len(baskets), NO_TIME, dtype=np.int64)
    given = Events(baskets, rows, times, kinds, counts or EventCounts(rows=len(rows)), field_map)
    _check(given, n_rows)
    _check_types(type_of, n_types, n_rows)
    inside, undated = _inside(times, span)
    tell("window", 1, _STAGES)
    bought = _select(given, inside & (kinds == BASKET), n_rows, policy.cap)
    viewed = _select(given, inside & (kinds == VIEW), n_rows, policy.cap)
    digest = hashlib.sha256(msgspec.json.encode((policy, span, n_rows, n_types)))
    digest.update(np.ascontiguousarray(type_of, dtype=np.int32).tobytes())

    levels: dict[str, Level] = {}
    newest = _newest(times[inside], span)
    steps = (("", bought, 2), ("_views", viewed, 4))
    for suffix, part, done in steps:
        by_sku = _fade(part, newest, span.half_life_days)
        for array in (by_sku.starts, by_sku.items):
            digest.update(array.tobytes())
        if by_sku.weights is not None:
            digest.update(by_sku.weights.tobytes())
        tell(f"types{suffix}", done, _STAGES)
        by_type = _typed(by_sku, type_of, n_types)
        levels[f"types{suffix}"] = grade(by_type, policy, part.days, prune=False)
        tell(f"skus{suffix}", done + 1, _STAGES)
        levels[f"skus{suffix}"] = grade(by_sku, policy, part.days, prune=True)
    tell("write", 6, _STAGES)
    name = digest.hexdigest()[:32]
    write(out, Written(levels=levels, rules=policy, days=bought.days, digest=name))
    tell("done", _STAGES, _STAGES)
    types, skus = levels["types"], levels["skus"]
    return BehaviourReport(
        events=given.counts,
        used=int(inside.sum()),
        out_of_window=int((~inside).sum()) - undated,
        without_time=int((times == NO_TIME).sum()),
        baskets=len(bought.found.sizes),
        baskets_too_large=bought.too_large,
        sessions=len(viewed.found.sizes),
        sessions_too_large=viewed.too_large,
        days=bought.days,
        type_pairs=len(types.arrays.ids) // 2,
        type_pairs_significant=int(types.arrays.significant.sum()) // 2,
        sku_pairs=len(skus.arrays.ids) // 2,
        sku_pairs_significant=int(skus.arrays.significant.sum()) // 2,
        digest=name,
        field_map=field_map,
    )


@dataclass(frozen=True)
class _Part:
    found: Incidence
    latest: NDArray[np.int64]
    too_large: int
    days: int


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    return


def _check(events: Events, n_rows: int) -> None:
    length, rows = len(events.baskets), events.rows
    if any(len(array) != length for array in (rows, events.times, events.kinds)):
        raise BehaviourError("The event arrays differ in length. Give one entry per event in each.")
    if length and not (int(rows.min()) >= 0 and int(rows.max()) < n_rows):
        raise BehaviourError("An event names a row outside the catalog. Drop unknown rows first.")


def _check_types(type_of: NDArray[np.int32], n_types: int, n_rows: int) -> None:
    if len(type_of) != n_rows:
        raise BehaviourError(
            f"type_of has {len(type_of)} entries for {n_rows} rows. Give one for each row."
        )
    if len(type_of) and not (int(type_of.min()) >= -1 and int(type_of.max()) < n_types):
        raise BehaviourError("type_of names a type outside 0..n_types-1. Use -1 for no type.")


def _inside(times: NDArray[np.int64], span: Window) -> tuple[NDArray[np.bool_], int]:
    """Return which entries are in the window, and how many were left out for want of a time."""
    since, until = span.seconds()
    inside = np.ones(len(times), dtype=np.bool_)
    if since is None and until is None:
        return inside, 0
    dated = times != NO_TIME
    if len(times) and not dated.any():
        raise BehaviourError(
            "A window was asked for, but no event has a time. Leave the window out, or name the "
            "time column in the field map."
        )
    inside &= dated
    if since is not None:
        inside &= times >= since
    if until is not None:
        inside &= times < until
    return inside, int((~dated).sum())


def _select(events: Events, wanted: NDArray[np.bool_], n_rows: int, cap: int) -> _Part:
    baskets, rows, times = events.baskets[wanted], events.rows[wanted], events.times[wanted]
    found, ids = incidence(baskets, rows, n_rows)
    latest = np.full(len(ids), NO_TIME, dtype=np.int64)
    np.maximum.at(latest, np.searchsorted(ids, baskets), times)
    small = found.sizes <= cap
    starts = np.zeros(int(small.sum()) + 1, dtype=np.int64)
    np.cumsum(found.sizes[small], out=starts[1:])
    kept = Incidence(starts, found.items[np.repeat(small, found.sizes)], n_rows)
    latest = latest[small]
    dated = latest[latest != NO_TIME]
    days = int(dated.max() // _DAY - dated.min() // _DAY) + 1 if len(dated) else 0
    return _Part(kept, latest, int((~small).sum()), days)


def _newest(times: NDArray[np.int64], span: Window) -> int | None:
    _, until = span.seconds()
    dated = times[times != NO_TIME]
    if until is not None:
        return until
    return int(dated.max()) if len(dated) else None


def _fade(part: _Part, newest: int | None, half_life: float | None) -> Incidence:
    """Give baskets the weight 0.5^(age / half-life), in steps of a day.

    Weights are scaled by sum(w) / sum(w^2), so that they add up to Kish's effective number of
    baskets (Kish 1965, "Survey Sampling") and weighted counts are about as noisy as real ones.
    Baskets without a time are taken as old as the oldest.
    """
    if half_life is None:
        return part.found
    if newest is None and len(part.latest):
        raise BehaviourError(
            "A half-life was asked for, but no event has a time. Leave it out, or name the time "
            "column in the field map."
        )
    dated = part.latest != NO_TIME
    newest = newest or 0
    oldest = int(part.latest[dated].min()) if dated.any() else newest
    age = (newest - np.where(dated, part.latest, oldest)) // _DAY
    weights = np.maximum(0.5 ** (age / half_life), 1e-9)
    if len(weights):
        weights *= weights.sum() / np.square(weights).sum()
    return Incidence(part.found.starts, part.found.items, part.found.n_items, weights)


def _typed(by_sku: Incidence, type_of: NDArray[np.int32], n_types: int) -> Incidence:
    owner = np.repeat(np.arange(len(by_sku.sizes)), by_sku.sizes)
    types = np.asarray(type_of, dtype=np.int32)[by_sku.items]
    typed = types >= 0
    found, ids = incidence(owner[typed], types[typed], n_types)
    weights = by_sku.weights[ids] if by_sku.weights is not None else None
    return Incidence(found.starts, found.items, n_types, weights)
