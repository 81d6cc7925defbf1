"""From an incidence to a level: count, compare with chance, decide, prune, sort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goeswith.engine.behaviour.counting import Counted, Incidence, count_pairs
from goeswith.engine.behaviour.level import Level, LevelArrays, LevelFacts
from goeswith.engine.behaviour.null import fit
from goeswith.engine.behaviour.significance import chance, cut, deviance, lower

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from goeswith.engine.behaviour.rules import Rules


def grade(found: Incidence, rules: Rules, days: int, *, prune: bool) -> Level:
    """Return the level of an incidence.

    With `prune`, pairs below the support floor are not counted at all, and of the rest only those
    are kept that are among the best of one of their ends or had ample exposure.

    The family of hypotheses for Benjamini-Hochberg is every pair whose ends both reach the floor.
    That depends on popularity alone, so it does not favour pairs for having been seen.
    """
    popularity = found.degrees()
    counted = count_pairs(found, rules.floor if prune else 1)
    null = fit(popularity.astype(np.float64), found.sizes, np.ones(len(found.sizes)))
    expected = null.expected(counted.left, counted.right)
    p = chance(counted.support.astype(np.float64), expected)
    able = int((popularity >= rules.floor).sum())
    tests = able * (able - 1) // 2
    reached = counted.support >= rules.floor
    p_cut = cut(p[reached], tests, rules.level)
    significant = reached & (p <= p_cut)

    faded, weight = None, counted.support.astype(np.float64)
    hoped = expected
    if found.weights is not None and counted.weight is not None:
        faded = fit(found.weighted_degrees(), found.sizes, found.weights)
        weight, hoped = counted.weight, faded.expected(counted.left, counted.right)
    z = deviance(weight, hoped).astype(np.float32)
    low = (lower(weight) / np.maximum(hoped, 1e-300)).astype(np.float32)

    keep = np.ones(len(z), dtype=np.bool_)
    if prune:
        keep = _best(counted, z, rules.top) | (expected >= rules.exposure)
    columns = _Columns(expected, z, low, significant, weight if faded else None)
    arrays = _rows(counted, keep, popularity, columns)
    facts = LevelFacts(
        baskets=len(found.sizes),
        days=days,
        seen_from=rules.floor if prune else 1,
        tests=tests,
        p_cut=p_cut,
        z_cut=_z_cut(p_cut),
    )
    return Level(facts, rules, arrays, null, faded)


def _z_cut(p_cut: float) -> float:
    """Return the normal quantile for a p; where nothing was found, far out."""
    from scipy.special import ndtri  # type: ignore[import-untyped]

    return float(-ndtri(p_cut)) if p_cut > 0 else 40.0


def _best(counted: Counted, z: NDArray[np.float32], top: int) -> NDArray[np.bool_]:
    """Return which pairs are among the `top` by z of at least one of their ends."""
    ends = np.concatenate([counted.right, counted.left])
    order = _order(ends, np.concatenate([z, z]))
    ends = ends[order]
    first = np.searchsorted(ends, ends, side="left")
    chosen = order[np.arange(len(ends)) - first < top]
    best = np.zeros(len(z), dtype=np.bool_)
    best[chosen % max(len(z), 1)] = True
    return best


def _order(ends: NDArray[np.int64], z: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the order by end, then falling z; ties stay as given.

    One sort of whole numbers: the bits of a float, with the sign folded in, sort as the float does.
    """
    bits = np.where(z == 0, np.float32(0), z).astype(np.float32).view(np.int32)
    rising = np.where(bits >= 0, bits, np.int32(-(2**31)) - bits).astype(np.int64)
    return np.argsort((ends << 32) - rising, kind="stable")


@dataclass(frozen=True)
class _Columns:
    expected: NDArray[np.float64]
    z: NDArray[np.float32]
    low: NDArray[np.float32]
    significant: NDArray[np.bool_]
    weight: NDArray[np.float64] | None


def _rows(
    counted: Counted, keep: NDArray[np.bool_], popularity: NDArray[np.int64], columns: _Columns
) -> LevelArrays:
    kept = np.flatnonzero(keep)
    left, right = counted.left[kept], counted.right[kept]
    # Pairs come by left, then right: with the right ends first, ties fall in order of ids.
    ends, others = np.concatenate([right, left]), np.concatenate([left, right])
    pair = np.concatenate([kept, kept])
    order = _order(ends, columns.z[pair])
    pair = pair[order]
    starts = np.zeros(len(popularity) + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=len(popularity)), out=starts[1:])
    weight = columns.weight
    return LevelArrays(
        starts=starts,
        ids=others[order].astype(np.int32),
        support=counted.support[pair].astype(np.int32),
        expected=columns.expected[pair].astype(np.float32),
        z=columns.z[pair],
        low=columns.low[pair],
        significant=columns.significant[pair],
        popularity=popularity,
        weight=None if weight is None else weight[pair].astype(np.float32),
    )
