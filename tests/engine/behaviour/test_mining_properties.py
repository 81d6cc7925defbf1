from __future__ import annotations

import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from goeswith.engine.behaviour import Behaviour, BehaviourReport, Rules, Window, mine_rows

ROWS, TYPES = 8, 4
TYPE_OF = np.array([0, 0, 1, 1, 2, 2, 3, -1], dtype=np.int32)
EVERYTHING = Rules(floor=1, top=ROWS)

Lines = list[tuple[int, int]]
lines = st.lists(st.tuples(st.integers(0, 9), st.integers(0, ROWS - 1)), max_size=50)


def run(
    events: Lines, folder: Path, rules: Rules = EVERYTHING, half_life: float | None = None
) -> tuple[Behaviour, BehaviourReport]:
    report = mine_rows(
        np.array([basket for basket, _ in events], dtype=np.int64),
        np.array([row for _, row in events], dtype=np.int32),
        np.array([basket * 86_400 * 3 for basket, _ in events], dtype=np.int64),
        folder,
        type_of=TYPE_OF,
        n_types=TYPES,
        n_rows=ROWS,
        rules=rules,
        window=Window(half_life_days=half_life),
    )
    return Behaviour.open(folder), report


def mined(events: Lines, rules: Rules = EVERYTHING, half_life: float | None = None) -> Behaviour:
    with tempfile.TemporaryDirectory() as folder:
        return run(events, Path(folder), rules, half_life)[0]


def naive(events: Lines, *, types: bool) -> dict[tuple[int, int], int]:
    baskets: dict[int, set[int]] = {}
    for basket, row in events:
        item = int(TYPE_OF[row]) if types else row
        if item >= 0:
            baskets.setdefault(basket, set()).add(item)
    found: dict[tuple[int, int], int] = {}
    for items in baskets.values():
        for pair in combinations(sorted(items), 2):
            found[pair] = found.get(pair, 0) + 1
    return found


@settings(deadline=None, max_examples=60)
@given(lines, st.sampled_from([None, 10.0]))
def test_supports_are_those_of_a_naive_count(events: Lines, half_life: float | None) -> None:
    behaviour = mined(events, half_life=half_life)
    by_type, by_sku = naive(events, types=True), naive(events, types=False)
    for a, b in combinations(range(TYPES), 2):
        assert behaviour.type_pair(a, b).support == by_type.get((a, b), 0)
    for a, b in combinations(range(ROWS), 2):
        assert behaviour.sku_pair(a, b).support == by_sku.get((a, b), 0)


@settings(deadline=None, max_examples=60)
@given(lines, st.sampled_from([None, 10.0]))
def test_pairs_are_symmetric_and_within_their_ends(events: Lines, half_life: float | None) -> None:
    behaviour = mined(events, half_life=half_life)
    for a, b in combinations(range(ROWS), 2):
        there, back = behaviour.sku_pair(a, b), behaviour.sku_pair(b, a)
        assert (there.support, there.expected, there.z) == (back.support, back.expected, back.z)
        assert (there.left, there.right) == (back.right, back.left)
        assert there.support <= min(there.left, there.right) <= behaviour.baskets
        if half_life is None:
            assert there.lift_low <= there.corrected * (1 + 1e-6)
            assert there.corrected <= there.lift_high
    for a in range(TYPES):
        pairs = behaviour.type_neighbours(a)
        assert a not in pairs.ids
        ranked = sorted(zip((-pairs.z).tolist(), pairs.ids.tolist(), strict=True))
        assert [item for _, item in ranked] == pairs.ids.tolist()


@settings(deadline=None, max_examples=40)
@given(lines, st.randoms(use_true_random=False), st.sampled_from([None, 10.0]))
def test_order_and_repeats_change_no_byte(
    events: Lines, random: object, half_life: float | None
) -> None:
    again = events + events[: len(events) // 2]
    random.shuffle(again)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        run(events, Path(first), half_life=half_life)
        run(again, Path(second), half_life=half_life)
        files = sorted(path.name for path in Path(first).iterdir())
        assert files == sorted(path.name for path in Path(second).iterdir())
        for name in files:
            assert (Path(first) / name).read_bytes() == (Path(second) / name).read_bytes(), name


@settings(deadline=None, max_examples=40)
@given(lines, st.sets(st.integers(4, ROWS - 1), max_size=4))
def test_an_unrelated_basket_raises_no_support(events: Lines, other: set[int]) -> None:
    before, after = mined(events), mined(events + [(99, row) for row in sorted(other)])
    for a, b in combinations(range(4), 2):
        assert after.sku_pair(a, b).support == before.sku_pair(a, b).support


@settings(deadline=None, max_examples=40)
@given(lines, st.lists(st.integers(0, TYPES - 1), min_size=2, max_size=3, unique=True))
def test_a_set_pools_the_counts_of_its_members(events: Lines, anchors: list[int]) -> None:
    behaviour = mined(events)
    pooled = behaviour.type_neighbours_of_set(anchors)
    assert not set(anchors) & set(pooled.ids.tolist())
    for place, other in enumerate(pooled.ids.tolist()):
        singles = [behaviour.type_pair(a, other) for a in anchors]
        assert pooled.support[place] == sum(pair.support for pair in singles)
        assert np.isclose(pooled.expected[place], sum(pair.expected for pair in singles), rtol=0.05)
