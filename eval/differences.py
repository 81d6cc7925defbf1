"""Paired comparisons of a study, tested and corrected together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goeswith.eval.findings import Difference
from goeswith.eval.statistics import bootstrap, holm, randomisation

ALPHA = 0.05


@dataclass(frozen=True)
class Compared:
    """Two ways over the same things, in the same order. `more` says that more is better."""

    arm: str
    against: str
    measure: str
    own: npt.NDArray[np.float64]
    other: npt.NDArray[np.float64]
    more: bool = True


def differences(compared: Sequence[Compared], seed: int) -> tuple[Difference, ...]:
    """Return each difference with its interval and its p, corrected over all of them (Holm)."""
    raw = [randomisation(c.own, c.other, seed) for c in compared]
    found = []
    for c, p, corrected in zip(compared, raw, holm(raw), strict=True):
        gap = bootstrap(c.own - c.other, seed)
        found.append(
            Difference(
                arm=c.arm,
                against=c.against,
                measure=c.measure,
                difference=gap,
                p=p,
                p_holm=corrected,
                significant=corrected < ALPHA,
                better=(gap.mean > 0) == c.more and gap.mean != 0,
            )
        )
    return tuple(found)
