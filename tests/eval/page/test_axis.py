from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.eval.page.axis import axis_for, told

finite = st.floats(-1e9, 1e9)


@given(st.lists(finite, min_size=1, max_size=20))
def test_every_value_and_tick_is_inside_the_plot(values: list[float]) -> None:
    axis = axis_for(values, 10, 90)
    assert all(10 <= axis.at(value) <= 90 for value in values)
    ticks = axis.ticks()
    assert ticks == sorted(set(ticks))
    assert all(axis.low - 1e-6 * max(1, abs(axis.low)) <= tick for tick in ticks)
    assert len(ticks) <= 12


@given(st.lists(st.floats(1e-3, 1e6), min_size=2, max_size=20))
def test_a_logarithmic_axis_keeps_order(values: list[float]) -> None:
    axis = axis_for(values, 0, 500, log=True)
    places = [axis.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(tick > 0 for tick in axis.ticks())


def test_nothing_to_show_is_still_an_axis() -> None:
    assert axis_for([], 0, 10).ticks()
    assert axis_for([-1.0, 0.0], 0, 10, log=True).ticks()


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.25, "0.25"), (1200.0, "1,200"), (20_000, "20k"), (3e6, "3M")]
)
def test_axis_numbers_are_short(value: float, text: str) -> None:
    assert told(value) == text
