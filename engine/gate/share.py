"""How many of the baskets with one kind have another: what completes a basket.

The share is the confidence of the rule "who has the source has the target" (Agrawal and Srikant
1994, "Fast algorithms for mining association rules"): k / n_i. Its lower 95% bound is Wilson's
(1927).

Big baskets hold everything, so in a shop of big baskets a staple would complete whatever is bought
on a large shopping trip. Where chance, given the sizes of these baskets, already gives the target
more often than in the shop's ordinary baskets, the share is brought back to those: it is multiplied
by (n_i * n_j / N) / e, which makes it the indirectly standardised rate (k / e) * (n_j / N) of
epidemiology (Breslow and Day 1987, vol. II, ch. 2).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from goeswith.engine.behaviour.significance import QUANTILE

if TYPE_CHECKING:
    from goeswith.engine.behaviour import PairCounts


def share_low(pair: PairCounts) -> float:
    """Return the lower bound, in 0..1, of the share of baskets with `left` that hold both.

    0 where nothing is known. It is never raised for baskets that are smaller than ordinary ones.
    """
    if pair.left <= 0 or pair.baskets <= 0 or pair.expected <= 0.0:
        return 0.0
    ordinary = pair.left * pair.right / pair.baskets
    return _wilson_low(pair.support, pair.left) * min(1.0, ordinary / pair.expected)


def _wilson_low(count: int, of: int) -> float:
    share, z2 = count / of, QUANTILE**2
    spread = QUANTILE * math.sqrt(share * (1.0 - share) / of + z2 / (4.0 * of * of))
    return max(0.0, (share + z2 / (2.0 * of) - spread) / (1.0 + z2 / of))
