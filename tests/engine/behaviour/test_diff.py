"""Which relations two readings of the baskets tell otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from goeswith.engine.behaviour import Behaviour, mine_rows
from goeswith.engine.behaviour.diff import Moves, moves, renumbered
from goeswith.engine.behaviour.level import Level

LIMITS = (1.1, 1.5, 2.0)
Basket = Sequence[int]
PLENTY: list[Basket] = [*[(0, 1)] * 40, *[(2,)] * 200, *[(3,)] * 200]


def mined(out: Path, baskets: Sequence[Basket], items: int = 4) -> Level:
    owners = [n for n, basket in enumerate(baskets) for _ in basket]
    rows = [row for basket in baskets for row in basket]
    mine_rows(
        np.array(owners, dtype=np.int64),
        np.array(rows, dtype=np.int32),
        None,
        out,
        type_of=np.arange(items, dtype=np.int32),
        n_types=items,
        n_rows=items,
    )
    return Behaviour.open(out).types


def told(found: Moves) -> tuple[list[tuple[int, int]], ...]:
    return tuple(list(found.pairs_of(c)) for c in (found.lost, found.risen, found.shifted))


def same(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.int64)


def test_what_stays_is_not_told(tmp_path: Path) -> None:
    old, new = (mined(tmp_path / name, PLENTY) for name in "ab")
    assert told(moves(old, new, same(4), LIMITS)) == ([], [], [])


def test_a_relation_is_lost_and_another_is_gained(tmp_path: Path) -> None:
    old = mined(tmp_path / "a", PLENTY)
    new = mined(tmp_path / "b", [(0,), (1,)] * 40 + [(2, 3)] * 40 + [(2,), (3,)] * 160)
    assert told(moves(old, new, same(4), LIMITS)) == ([(0, 1)], [(2, 3)], [])
    assert told(moves(new, old, same(4), LIMITS)) == ([(2, 3)], [(0, 1)], [])


def test_a_relation_that_holds_by_less_is_lost(tmp_path: Path) -> None:
    old = mined(tmp_path / "a", PLENTY)
    apart = [(0,), (1,)] * 60
    new = mined(tmp_path / "b", [*PLENTY, *apart])
    low = {level.pair(0, 1).lift_low for level in (old, new)}
    assert min(low) > 1.1
    between = (min(low) + max(low)) / 2
    assert told(moves(old, new, same(4), (1.1, between)))[0] == [(0, 1)]
    assert told(moves(old, new, same(4), (1.1,)))[0] == []


def test_a_count_that_moved_is_told(tmp_path: Path) -> None:
    old = mined(tmp_path / "a", PLENTY)
    more = mined(tmp_path / "b", PLENTY + [(0, 1)] * 15)
    few = mined(tmp_path / "c", PLENTY + [(0, 1)] * 4)
    assert told(moves(old, more, same(4), (1.1,))) == ([], [], [(0, 1)])
    assert told(moves(old, few, same(4), (1.1,))) == ([], [], [])


def test_baskets_that_speak_against_a_pair_are_a_loss(tmp_path: Path) -> None:
    apart: Sequence[Basket] = [(0, 2)] * 150 + [(1, 3)] * 150 + [(0, 3), (1, 2)] * 30
    unknown = mined(tmp_path / "a", [*apart[:300:10], (0, 1)])
    against = mined(tmp_path / "b", [*apart, (0, 1)])
    assert unknown.pair(0, 1).verdict == "unknown"
    assert against.pair(0, 1).verdict == "contradicts"
    assert (0, 1) in told(moves(unknown, against, same(4), LIMITS))[0]


def test_items_are_compared_by_what_they_are_not_by_number(tmp_path: Path) -> None:
    old = mined(tmp_path / "a", PLENTY)
    moved = [tuple(3 - row for row in basket) for basket in PLENTY]
    new = mined(tmp_path / "b", moved)
    number = renumbered("abcd", "dcba")
    assert told(moves(old, new, number, LIMITS)) == ([], [], [])
    gone = renumbered("abcd", "dcb")
    assert gone.tolist() == [-1, 2, 1, 0]
    less = mined(tmp_path / "c", [(0,)] * 200 + [(1,)] * 200 + [(2,)] * 40, items=3)
    assert told(moves(old, less, gone, LIMITS)) == ([], [], [])


def test_nothing_is_compared_with_nothing() -> None:
    none = Behaviour.empty(n_rows=0, n_types=0).types
    assert told(moves(none, none, same(0), LIMITS)) == ([], [], [])
