from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.eval.statistics import bootstrap, holm, proportion, quantile, randomisation


def test_the_interval_is_the_normal_one_for_many_values() -> None:
    values = np.random.default_rng(0).normal(0.4, 0.2, size=900)
    found = bootstrap(values, 1)
    half = 1.96 * values.std() / 30
    assert found.n == 900
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.001)
    assert found.high == pytest.approx(values.mean() + half, abs=0.001)


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    pick = np.random.default_rng(5)
    found = [bootstrap(pick.uniform(0, 1, 60), 1, resamples=400) for _ in range(300)]
    share = sum(i.low <= 0.5 <= i.high for i in found) / len(found)
    assert 0.90 < share < 0.985


def test_constant_values_have_no_width() -> None:
    found = bootstrap(np.full(7, 0.25), 1)
    assert (found.low, found.mean, found.high) == (0.25, 0.25, 0.25)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).uniform(size=40)
    assert bootstrap(values, 9) == bootstrap(values, 9)
    assert bootstrap(values, 9) != bootstrap(values, 10)


def test_randomisation_agrees_with_counting_all_sign_patterns() -> None:
    difference = np.array([0.3, 0.1, -0.05, 0.4, 0.2, -0.1, 0.25, 0.15])
    patterns = np.array(list(itertools.product((-1.0, 1.0), repeat=8)))
    exact = (np.abs(patterns @ difference) >= difference.sum() - 1e-12).mean()
    assert randomisation(difference, np.zeros(8), 4, 20_000) == pytest.approx(exact, abs=0.01)


def test_equal_arms_are_never_different() -> None:
    values = np.random.default_rng(3).uniform(size=50)
    assert randomisation(values, values.copy(), 1) == 1.0


def test_a_constant_advantage_is_found() -> None:
    values = np.random.default_rng(3).uniform(size=50)
    assert randomisation(values + 0.1, values, 1) == pytest.approx(1 / 10_001)


def test_false_alarms_are_as_rare_as_the_level() -> None:
    pick = np.random.default_rng(8)
    ps = [randomisation(pick.uniform(size=30), pick.uniform(size=30), 1, 300) for _ in range(400)]
    assert 0.02 < np.mean(np.array(ps) < 0.05) < 0.09


def test_holm_of_a_known_case() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_helps_and_keeps_the_order(ps: list[float]) -> None:
    found = holm(ps)
    assert all(p <= corrected <= 1 for p, corrected in zip(ps, found, strict=True))
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    assert [found[place] for place in order] == sorted(found)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (10, 10), (1, 1)])
def test_a_share_lies_inside_its_interval_and_that_inside_0_to_1(hits: int, n: int) -> None:
    found = proportion(hits, n)
    assert 0.0 <= found.low <= found.mean <= found.high <= 1.0
    assert found.high > found.low


def test_wilson_of_a_known_case() -> None:
    found = proportion(15, 50)
    assert (found.low, found.high) == pytest.approx((0.1910, 0.4375), abs=1e-4)


def test_a_quantile_and_its_interval() -> None:
    values = np.arange(1.0, 1001.0)
    found = quantile(values, 0.95, 1)
    assert found.mean == pytest.approx(950.05)
    assert 930 < found.low < 950 < found.high < 970
