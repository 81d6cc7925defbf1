"""How much joint purchases speak for a need, in 0..1, for ranking needs.

Half is z, the signed root of the Poisson deviance of joint purchases, and half how far the lift is
above chance, once there is enough of it: a need should be common and telling. The scales were
chosen on a split inside the learning weeks of the grocery data.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Z_SCALE = 25.0
SUPPORT_SCALE = 40.0
LIFT_SCALE = 9.0
"""Joint purchases, their z and the lower bound of their lift, at which each counts much or in full.
"""

Numbers = NDArray[np.float64]


def strength(support: int, expected: float, low: float) -> float:
    """Return how much one pair speaks for a need.

    Args:
        support: Joint purchases, at least one.
        expected: Those that chance gives, more than 0.
        low: Lower limit of the lift.
    """
    k, e = support, expected
    z = math.copysign(math.sqrt(max(0.0, 2.0 * (k * math.log(k / e) - (k - e)))), k - e)
    common = 1.0 - math.exp(-max(0.0, z) / Z_SCALE)
    lift = min(LIFT_SCALE, max(1.0, low))
    telling = (1.0 - math.exp(-k / SUPPORT_SCALE)) * math.log(lift) / math.log(LIFT_SCALE)
    return 0.5 * (common + telling)


def strengths(support: Numbers, expected: Numbers, low: Numbers) -> Numbers:
    """Return `strength` for many pairs."""
    surprise = 2.0 * (support * np.log(support / expected) - (support - expected))
    z = np.copysign(np.sqrt(np.maximum(surprise, 0.0)), support - expected)
    common = 1.0 - np.exp(-np.maximum(z, 0.0) / Z_SCALE)
    lift = np.log(np.clip(low, 1.0, LIFT_SCALE)) / math.log(LIFT_SCALE)
    told: Numbers = 0.5 * (common + (1.0 - np.exp(-support / SUPPORT_SCALE)) * lift)
    return told
