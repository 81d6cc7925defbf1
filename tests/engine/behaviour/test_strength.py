"""One pair and many pairs are as strong."""

from __future__ import annotations

import numpy as np

from goeswith.engine.behaviour.strength import strength, strengths

CASES = [(100, 10.0, 2.5), (40, 30.5, 1.1), (3, 0.25, 8.0), (900, 12.0, 60.0), (5, 9.0, 0.4)]


def test_many_pairs_are_as_strong_as_each_alone() -> None:
    together = strengths(*(np.array(column, dtype=float) for column in zip(*CASES, strict=True)))
    assert np.allclose([strength(*case) for case in CASES], together)


def test_more_joint_purchases_and_more_lift_are_stronger() -> None:
    assert 0.0 < strength(50, 10.0, 3.0) < strength(100, 20.0, 3.0) < strength(100, 10.0, 6.0) < 1.0
    assert strength(5, 9.0, 0.4) == 0.0
