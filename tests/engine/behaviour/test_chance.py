"""The sceptic's tests: where nothing is related, nothing may be claimed."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammaincinv  # type: ignore[import-untyped]

from goeswith.engine.behaviour import Behaviour, Rules, mine_rows
from goeswith.engine.behaviour.null import fit
from goeswith.engine.behaviour.significance import chance, cut, deviance, lower, upper

ITEMS = 120
SKEWED = 1.0 / np.arange(2, ITEMS + 2)


def shuffled(seed: int, baskets: int = 2500, rounds: int = 8) -> tuple[list[int], list[int]]:
    """Draw skewed baskets, then trade items between baskets (curveball, Strona et al. 2014).

    The result is a uniform draw among all data with these basket sizes and popularities.
    """
    rng, dice = np.random.default_rng(seed), random.Random(seed)
    sizes = np.minimum(rng.geometric(0.12, baskets), 40)
    share = SKEWED / SKEWED.sum()
    held = [set(rng.choice(ITEMS, size, replace=False, p=share).tolist()) for size in sizes]
    for _ in range(rounds):
        dice.shuffle(held)
        for place in range(0, baskets - 1, 2):
            one, two = held[place], held[place + 1]
            mine, both = list(one - two), one & two
            pool = mine + list(two - one)
            dice.shuffle(pool)
            held[place] = both.union(pool[: len(mine)])
            held[place + 1] = both.union(pool[len(mine) :])
    owner = [basket for basket, items in enumerate(held) for _ in items]
    return owner, [item for items in held for item in sorted(items)]


def mined(out: Path, owner: list[int], items: list[int], rules: Rules) -> Behaviour:
    mine_rows(
        np.array(owner, dtype=np.int64),
        np.array(items, dtype=np.int32),
        None,
        out,
        type_of=np.arange(ITEMS, dtype=np.int32),
        n_types=ITEMS,
        n_rows=ITEMS,
        rules=rules,
    )
    return Behaviour.open(out)


@pytest.mark.parametrize("seed", range(4))
def test_unrelated_baskets_give_no_discoveries(tmp_path: Path, seed: int) -> None:
    behaviour = mined(tmp_path / "b", *shuffled(seed), Rules(level=0.05))
    arrays = behaviour.types.arrays
    assert arrays.significant.mean() <= 0.001
    ample = arrays.expected >= 5
    assert ample.sum() > 1000
    assert abs(float(arrays.z[ample].mean())) < 0.25
    assert float(arrays.z[ample].std()) < 1.1
    verdicts = [
        behaviour.type_pair(a, b).verdict for a in range(0, ITEMS, 3) for b in range(a + 1, ITEMS)
    ]
    assert verdicts.count("supports") == 0
    assert verdicts.count("contradicts") <= 0.001 * len(verdicts)


def test_planted_relations_are_found_and_graded(tmp_path: Path) -> None:
    owner, items = shuffled(1)
    first = max(owner) + 1
    for basket in range(first, first + 60):
        owner += [basket, basket]
        items += [100, 101]
    # Items 0 and 1, the most popular, are never together.
    together = {b for b, i in zip(owner, items, strict=True) if i == 0}
    kept = [(b, i) for b, i in zip(owner, items, strict=True) if not (i == 1 and b in together)]
    behaviour = mined(tmp_path / "b", [b for b, _ in kept], [i for _, i in kept], Rules())
    planted = behaviour.type_pair(100, 101)
    assert planted.verdict == "supports"
    assert planted.support >= 60
    assert behaviour.type_neighbours(100).ids[0] == 101
    apart = behaviour.type_pair(0, 1)
    assert (apart.support, apart.verdict) == (0, "contradicts")
    assert apart.expected > 10
    assert behaviour.sku_pair(0, 1).verdict == "contradicts"
    rare = behaviour.type_pair(118, 119)
    assert rare.verdict == "unknown"
    assert rare.expected < 10


def test_pruned_pairs_are_never_taken_for_absent(tmp_path: Path) -> None:
    owner, items = shuffled(2)
    behaviour = mined(tmp_path / "b", owner, items, Rules(top=1, exposure=10))
    exact = behaviour.types
    for a in range(0, ITEMS, 4):
        for b in range(a + 1, ITEMS):
            pair = behaviour.sku_pair(a, b)
            if pair.verdict == "contradicts":
                assert exact.pair(a, b).verdict == "contradicts"


def test_a_pair_below_the_floor_may_have_met(tmp_path: Path) -> None:
    # A thousand baskets of two; items 0 and 1 never meet, though about 12 meetings are expected.
    pairs = [(n // 155, 2 + n % 10) if n < 310 else (2 + n % 10, 12 + n % 9) for n in range(1000)]
    owner = [basket for basket in range(1000) for _ in range(2)]
    behaviour = mined(tmp_path / "b", owner, [item for pair in pairs for item in pair], Rules())
    known, hidden = behaviour.type_pair(0, 1), behaviour.sku_pair(0, 1)
    assert 10 < known.expected == hidden.expected < 14
    assert known.verdict == "contradicts"
    assert hidden.verdict == "unknown"


def test_the_null_keeps_margins_and_pairs() -> None:
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 30, 3000)
    share = SKEWED / SKEWED.sum()
    degrees = np.zeros(ITEMS)
    for size in sizes:
        degrees[rng.choice(ITEMS, size, replace=False, p=share)] += 1
    null = fit(degrees, sizes.astype(np.int64), np.ones(len(sizes)))
    odds = np.outer(null.x, null.y)
    inside = odds / (1 + odds)
    classes, counts = np.unique(sizes, return_counts=True)
    assert np.allclose(inside @ counts, degrees, rtol=1e-4)
    assert np.allclose(inside.sum(axis=0), classes, rtol=1e-4)
    left, right = np.triu_indices(ITEMS, 1)
    pairs = float((sizes * (sizes - 1) / 2).sum())
    assert null.expected(left, right).sum() == pytest.approx(pairs, rel=1e-6)


def test_many_pairs_expect_what_single_pairs_expect() -> None:
    rng = np.random.default_rng(6)
    degrees = rng.integers(1, 30, 200).astype(np.float64)
    sizes = rng.integers(1, 12, 500)
    null = fit(degrees, sizes, np.ones(len(sizes)))
    left, right = np.triu_indices(200, 1)
    many = null.expected(left, right)
    for place in range(0, len(left), 997):
        single = null.expected(left[place : place + 1], right[place : place + 1])
        pooled = null.expected_of_set(left[place : place + 1], right[place : place + 1])
        assert single[0] == pytest.approx(many[place])
        assert pooled[0] == pytest.approx(many[place])


def test_baskets_of_one_hold_no_pairs() -> None:
    null = fit(np.full(4, 25.0), np.ones(100, dtype=np.int64), np.ones(100))
    assert null.expected(np.array([0]), np.array([1])).tolist() == [0.0]


def test_limits_are_close_to_the_exact_ones() -> None:
    counts = np.arange(3.0, 2000.0)
    exact = gammaincinv(counts, 0.025)
    assert np.allclose(lower(counts), exact, rtol=0.03)
    assert (lower(counts) <= exact).all()
    assert np.allclose(upper(counts), gammaincinv(counts + 1, 0.975), rtol=0.012)
    assert upper(np.zeros(1))[0] == pytest.approx(3.69, rel=0.01)
    assert lower(np.zeros(1))[0] == 0.0


def test_deviance_and_chance_agree_on_the_order() -> None:
    k, e = np.arange(1.0, 60.0), np.full(59, 9.5)
    assert all(b > a for a, b in pairwise(deviance(k, e)))
    assert all(b < a for a, b in pairwise(chance(k, e)))
    assert deviance(np.array([0.0]), np.array([8.0]))[0] == pytest.approx(-4.0)
    assert chance(np.array([1.0]), np.array([1.0]))[0] == pytest.approx(1 - np.exp(-1))


def test_benjamini_hochberg_as_in_the_paper() -> None:
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert cut(np.array(p), 15, 0.05) == 0.0095
    assert cut(np.array(p[:4]), 15, 0.05) == 0.0095
    assert cut(np.array([0.5]), 1, 0.05) == -1.0
    assert cut(np.array([0.02]), 15, 0.05) == -1.0
