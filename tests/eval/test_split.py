from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.eval.errors import EvalError
from goeswith.eval.split import Columns, check, cut_at, split

COLUMNS = Columns(basket="basket", time="time")
START = datetime(2025, 3, 3, 9, 30)


def table(rows: list[tuple[int, int]]) -> pl.DataFrame:
    """Return purchases from (basket, hours after the start)."""
    return pl.DataFrame(
        {
            "basket": [basket for basket, _ in rows],
            "time": [START + timedelta(hours=hours) for _, hours in rows],
        },
        schema={"basket": pl.Int64, "time": pl.Datetime("us")},
    )


PURCHASES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 24 * 70)), min_size=2)


@given(PURCHASES, st.integers(1, 24 * 69))
def test_no_basket_is_on_both_sides_and_nothing_late_is_learnt(
    rows: list[tuple[int, int]], hours: int
) -> None:
    cut = START + timedelta(hours=hours)
    frame = table(rows)
    last = {basket: max(h for b, h in rows if b == basket) for basket, _ in rows}
    if len({late >= hours for late in last.values()}) == 1:
        with pytest.raises(EvalError, match="no baskets"):
            split(frame, COLUMNS, cut)
        return
    learn, later = split(frame, COLUMNS, cut)
    assert len(learn) + len(later) == len(frame)
    assert learn["time"].max() < cut  # type: ignore[operator]
    assert set(learn["basket"]).isdisjoint(later["basket"])


def test_a_basket_over_the_cut_is_later() -> None:
    learn, later = split(table([(1, 0), (2, 9), (2, 11)]), COLUMNS, START + timedelta(hours=10))
    assert set(learn["basket"]) == {1}
    assert len(later) == 2


def test_a_planted_later_basket_is_refused() -> None:
    cut = START + timedelta(hours=10)
    learn, later = split(table([(1, 0), (2, 5), (3, 12), (4, 20)]), COLUMNS, cut)
    check(learn, later, COLUMNS, cut)
    with pytest.raises(EvalError, match="1 purchases to learn from are not before"):
        check(pl.concat([learn, later.head(1)]), later.tail(1), COLUMNS, cut)


def test_a_basket_on_both_sides_is_refused() -> None:
    cut = START + timedelta(hours=10)
    with pytest.raises(EvalError, match="1 baskets are on both sides"):
        check(table([(1, 0), (7, 9)]), table([(7, 11)]), COLUMNS, cut)


def test_the_cut_is_whole_weeks_after_the_first_day() -> None:
    frame = table([(1, 0), (2, 24 * 7 * 8 - 24)])
    assert cut_at(frame, COLUMNS, 0.75) == datetime(2025, 3, 3) + timedelta(weeks=6)
    assert cut_at(frame, COLUMNS, 0.99) == datetime(2025, 3, 3) + timedelta(weeks=7)


def test_too_few_weeks_are_told() -> None:
    with pytest.raises(EvalError, match="Give more weeks"):
        cut_at(table([(1, 0), (2, 30)]), COLUMNS, 0.75)


def test_a_column_without_times_is_told() -> None:
    frame = pl.DataFrame({"basket": [1], "time": ["yesterday"]})
    with pytest.raises(EvalError, match="holds no times"):
        cut_at(frame, COLUMNS, 0.75)
