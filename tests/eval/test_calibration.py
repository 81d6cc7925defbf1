from __future__ import annotations

import numpy as np
import pytest

from goeswith.eval.calibration import calibration_error, measure, reliability, share, threshold_for
from goeswith.eval.errors import EvalError


def made(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are true as often as they say."""
    pick = np.random.default_rng(seed)
    scores = pick.uniform(0, 1, n)
    return scores, pick.uniform(0, 1, n) < scores


def test_of_nothing_nothing_is_known() -> None:
    assert (share(0, 0).n, share(0, 0).low, share(0, 0).high) == (0, 0.0, 1.0)
    assert 0.8 < share(10, 10).mean <= 1.0


def test_a_calibrated_score_has_a_small_error_and_an_overconfident_one_a_large() -> None:
    scores, labels = made(20_000, 1)
    edges = np.linspace(0, 1, 11).tolist()
    assert calibration_error(reliability(scores, labels, edges)) < 0.02
    boasting = np.sqrt(scores)
    assert calibration_error(reliability(boasting, labels, edges)) > 0.1


def test_the_curve_holds_every_score_once() -> None:
    scores, labels = np.array([0.0, 0.5, 1.0]), np.array([False, True, True])
    bins = reliability(scores, labels, [0.0, 0.5, 1.0])
    assert [b.true.n for b in bins] == [1, 2]


def test_the_threshold_keeps_its_precision_on_other_assertions() -> None:
    threshold = threshold_for(*made(4_000, 2), 0.9)
    assert threshold is not None
    held = measure(*made(40_000, 3), threshold)
    assert held.precision.mean >= 0.9
    assert held.recall.mean > 0.2


def test_a_few_lucky_assertions_set_no_threshold() -> None:
    scores = np.linspace(1, 0, 200)
    labels = np.arange(200) < 20
    assert threshold_for(scores, labels, 0.9) is None
    assert threshold_for(scores, np.arange(200) < 100, 0.9) is not None


def test_equal_scores_are_accepted_together() -> None:
    scores = np.full(200, 0.7)
    labels = np.arange(200) < 100
    assert threshold_for(scores, labels, 0.6) is None
    assert measure(scores, labels, 0.7).precision.mean == 0.5


def test_without_a_threshold_nothing_is_accepted() -> None:
    found = measure(*made(100, 4), None)
    assert (found.precision.n, found.recall.mean) == (0, 0.0)


@pytest.mark.parametrize("target", [0.0, 1.0, 1.5])
def test_an_impossible_target_is_refused(target: float) -> None:
    with pytest.raises(EvalError, match=r"0\.\.1"):
        threshold_for(*made(100, 4), target)
