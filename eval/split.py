"""Baskets split by time: what the engine may learn from, and what came after.

A basket is on one side only, by the time of its last purchase. Nothing is drawn at random, so no
arm can know the future.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from goeswith.eval.errors import EvalError

if TYPE_CHECKING:
    import polars as pl

WEEK_DAYS = 7


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which columns hold the basket and the time."""

    basket: str
    time: str


def cut_at(baskets: pl.DataFrame, columns: Columns, learn_share: float) -> datetime:
    """Return the moment that ends the learning part: midnight, whole weeks after the first day.

    Args:
        baskets: one row a purchase.
        columns: where basket and time are.
        learn_share: share of the weeks to learn from, in 0..1; rounded down.

    Raises:
        EvalError: there are fewer than two weeks.
    """
    first, last = (_moment(baskets, columns.time, end) for end in ("min", "max"))
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    weeks = (last - start).days // WEEK_DAYS + 1
    learn = int(weeks * learn_share)
    if not 0 < learn < weeks:
        raise EvalError(
            f"{weeks} weeks of baskets cannot be split at {learn_share:.0%}. Give more weeks."
        )
    return start + timedelta(days=WEEK_DAYS * learn)


def split(
    baskets: pl.DataFrame, columns: Columns, cut: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the purchases to learn from and the later ones, in their order, checked."""
    import polars as pl

    last = pl.col(columns.time).max().over(columns.basket)
    learn, later = baskets.filter(last < cut), baskets.filter(last >= cut)
    check(learn, later, columns, cut)
    return learn, later


def check(learn: pl.DataFrame, later: pl.DataFrame, columns: Columns, cut: datetime) -> None:
    """Refuse a split that leaks.

    Raises:
        EvalError: a purchase of the learning part is not before the cut, a basket is on both sides,
            or a side is empty.
    """
    import polars as pl

    if not len(learn) or not len(later):
        raise EvalError("One side of the split holds no baskets. Move the cut.")
    late = learn.filter(pl.col(columns.time) >= cut)
    if len(late):
        raise EvalError(
            f"The split leaks: {len(late)} purchases to learn from are not before {cut:%Y-%m-%d}."
        )
    both = learn.join(later, on=columns.basket, how="semi")[columns.basket].n_unique()
    if both:
        raise EvalError(f"The split leaks: {both} baskets are on both sides of it.")


def _moment(baskets: pl.DataFrame, column: str, end: str) -> datetime:
    found = getattr(baskets[column], end)()
    if not isinstance(found, datetime):
        raise EvalError(
            f"The column {column} holds no times. Name the column of the purchase time."
        )
    return found
