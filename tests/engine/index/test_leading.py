"""What leads among the things bought with a type, and whether that changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from goeswith.engine.behaviour import Behaviour, mine_rows
from goeswith.engine.behaviour.diff import renumbered
from goeswith.engine.behaviour.level import Level
from goeswith.engine.index.leading import reordered

ITEMS = 5


def level(out: Path, together: dict[tuple[int, int], int]) -> Level:
    baskets: list[tuple[int, ...]] = [
        pair for pair, count in together.items() for _ in range(count)
    ]
    baskets += [(item,) for item in range(ITEMS) for _ in range(150)]
    mine_rows(
        np.array([n for n, basket in enumerate(baskets) for _ in basket], dtype=np.int64),
        np.array([row for basket in baskets for row in basket], dtype=np.int32),
        None,
        out,
        type_of=np.arange(ITEMS, dtype=np.int32),
        n_types=ITEMS,
        n_rows=ITEMS,
    )
    return Behaviour.open(out).types


SAME = np.arange(ITEMS, dtype=np.int64)


def test_a_few_baskets_more_change_no_order(tmp_path: Path) -> None:
    old = level(tmp_path / "a", {(0, 1): 90, (0, 2): 70})
    new = level(tmp_path / "b", {(0, 1): 92, (0, 2): 70})
    assert reordered(old, new, SAME) == []


def test_another_order_is_seen_from_the_end_it_matters_to(tmp_path: Path) -> None:
    old = level(tmp_path / "a", {(0, 1): 90, (0, 2): 70})
    new = level(tmp_path / "b", {(0, 1): 70, (0, 2): 90})
    assert reordered(old, new, SAME) == [0]


def test_what_comes_and_goes_is_seen_from_both_ends(tmp_path: Path) -> None:
    old = level(tmp_path / "a", {(0, 1): 90})
    new = level(tmp_path / "b", {(0, 1): 90, (3, 4): 80})
    assert reordered(old, new, SAME) == [3, 4]
    assert reordered(new, old, SAME) == [3, 4]


def test_types_are_compared_by_what_they_are_not_by_number(tmp_path: Path) -> None:
    old = level(tmp_path / "a", {(0, 1): 90})
    new = level(tmp_path / "b", {(3, 4): 90})
    assert reordered(old, new, renumbered("abcde", "edcba")) == []
