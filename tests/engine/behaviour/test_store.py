from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from goeswith.engine.behaviour import Behaviour, BehaviourReport, Rules, Window, mine_rows
from goeswith.engine.errors import (
    BehaviourError,
    HomeDamagedError,
    HomeMissingError,
    HomeSchemaError,
    HomeWriteError,
)

DAY = 86_400


def mine_two_products(
    out: Path,
    *,
    times: list[int] | None = None,
    rules: Rules | None = None,
    window: Window | None = None,
) -> BehaviourReport:
    """Twenty baskets hold rows 0 and 1, twenty hold row 2."""
    baskets = [n for n in range(20) for _ in range(2)] + list(range(20, 40))
    rows = [0, 1] * 20 + [2] * 20
    return mine_rows(
        np.array(baskets, dtype=np.int64),
        np.array(rows, dtype=np.int32),
        None if times is None else np.array(times, dtype=np.int64),
        out,
        type_of=np.array([0, 1, 2], dtype=np.int32),
        n_types=3,
        n_rows=3,
        rules=rules,
        window=window,
    )


def test_an_empty_behaviour_knows_nothing() -> None:
    none = Behaviour.empty(n_rows=2, n_types=1)
    assert none.baskets == none.days == 0
    assert none.popularity.tolist() == [0, 0]
    assert none.type_popularity.tolist() == [0]
    assert len(none.sku_neighbours(0)) == len(none.type_neighbours_of_set([0, 5])) == 0
    assert none.sku_pair(0, 1).verdict == "unknown"


def test_ids_out_of_range_are_unknown(tmp_path: Path) -> None:
    mine_two_products(tmp_path / "b")
    behaviour = Behaviour.open(tmp_path / "b")
    for odd in (-1, 3, 10**9):
        assert len(behaviour.type_neighbours(odd)) == 0
        assert behaviour.type_pair(0, odd).verdict == "unknown"
        assert len(behaviour.type_neighbours_of_set([odd])) == 0
    assert behaviour.type_pair(1, 1).support == 0


def test_singles_count_for_exposure(tmp_path: Path) -> None:
    mine_two_products(tmp_path / "b")
    behaviour = Behaviour.open(tmp_path / "b")
    assert behaviour.baskets == 40
    assert behaviour.popularity.tolist() == [20, 20, 20]
    pair = behaviour.sku_pair(0, 1)
    assert (pair.support, pair.left, pair.right, pair.baskets) == (20, 20, 20, 40)
    assert pair.lift == pytest.approx(2.0)


def test_baskets_over_the_cap_are_dropped_and_counted(tmp_path: Path) -> None:
    report = mine_two_products(tmp_path / "b", rules=Rules(cap=1))
    assert (report.baskets, report.baskets_too_large) == (20, 20)
    assert Behaviour.open(tmp_path / "b").popularity.tolist() == [0, 0, 20]


def test_sku_pairs_below_the_floor_are_not_stored(tmp_path: Path) -> None:
    mine_two_products(tmp_path / "b", rules=Rules(floor=21))
    behaviour = Behaviour.open(tmp_path / "b")
    assert len(behaviour.sku_neighbours(0)) == 0
    assert behaviour.sku_pair(0, 1).verdict == "unknown"


def test_a_window_selects_by_time(tmp_path: Path) -> None:
    times = [day * DAY for n in range(20) for day in (n, n)] + [0] * 20
    window = Window(since=datetime(1970, 1, 6), until=datetime(1970, 1, 11))
    report = mine_two_products(tmp_path / "b", times=times, window=window)
    assert (report.baskets, report.days, report.used, report.out_of_window) == (5, 5, 10, 50)
    assert Behaviour.open(tmp_path / "b").sku_pair(0, 1).support == 5


def test_fading_ranks_the_recent_and_keeps_the_raw_counts(tmp_path: Path) -> None:
    # Rows 0 and 1 meet early, rows 2 and 3 late, equally often.
    baskets = np.repeat(np.arange(200), 2)
    rows = np.array([0, 1] * 50 + [0, 2] * 50 + [1, 3] * 50 + [2, 3] * 50, dtype=np.int32)
    early = np.repeat(np.arange(200) < 50, 2)
    times = np.where(early, 0, 100 * DAY)
    types = np.arange(4, dtype=np.int32)
    for name, half_life in (("raw", None), ("faded", 20.0)):
        mine_rows(
            baskets,
            rows,
            times,
            tmp_path / name,
            type_of=types,
            n_types=4,
            n_rows=4,
            window=Window(half_life_days=half_life),
        )
    raw, faded = Behaviour.open(tmp_path / "raw"), Behaviour.open(tmp_path / "faded")
    assert raw.type_pair(0, 1).z == pytest.approx(raw.type_pair(2, 3).z)
    assert faded.type_pair(0, 1).z < faded.type_pair(2, 3).z
    for pair in (faded.type_pair(0, 1), faded.type_pair(2, 3)):
        assert (pair.support, pair.baskets) == (50, 200)
        assert pair.lift == pytest.approx(1.0)
    pooled = faded.type_neighbours_of_set([0, 3])
    assert dict(zip(pooled.ids.tolist(), pooled.support.tolist(), strict=True)) == {1: 100, 2: 100}
    assert pooled.ids[0] == 2 or pooled.z[0] == pytest.approx(pooled.z[1])


def test_time_policies_need_times(tmp_path: Path) -> None:
    for window in (Window(half_life_days=10), Window(since=datetime(2020, 1, 1))):
        with pytest.raises(BehaviourError, match="no event has a time"):
            mine_two_products(tmp_path / "b", window=window)
    with pytest.raises(BehaviourError, match="half-life"):
        mine_two_products(tmp_path / "b", window=Window(half_life_days=0))
    window = Window(since=datetime(2020, 1, 2), until=datetime(2020, 1, 1))
    with pytest.raises(BehaviourError, match="empty"):
        mine_two_products(tmp_path / "b", window=window)


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    def attempt(rows: list[int], type_of: list[int], n_types: int = 1) -> None:
        mine_rows(
            np.array([0, 0]),
            np.array(rows, dtype=np.int32),
            None,
            tmp_path / "b",
            type_of=np.array(type_of, dtype=np.int32),
            n_types=n_types,
            n_rows=2,
        )

    for rows, types in (([0], [0, 0]), ([0, 2], [0, 0]), ([0, 1], [0]), ([0, 1], [0, 1])):
        with pytest.raises(BehaviourError):
            attempt(rows, types)


def test_the_folder_must_be_empty(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("x")
    with pytest.raises(HomeWriteError, match="not empty"):
        mine_two_products(tmp_path)
    with pytest.raises(HomeWriteError):
        mine_two_products(tmp_path / "other" / "b")


def test_a_damaged_folder_is_never_opened(tmp_path: Path) -> None:
    with pytest.raises(HomeMissingError):
        Behaviour.open(tmp_path)
    mine_two_products(tmp_path / "b")
    for file in sorted((tmp_path / "b").iterdir()):
        whole = file.read_bytes()
        for broken in (whole[:-1], whole[: len(whole) // 2], b""):
            file.write_bytes(broken)
            with pytest.raises(HomeDamagedError):
                Behaviour.open(tmp_path / "b")
        file.unlink()
        with pytest.raises((HomeDamagedError, HomeMissingError)):
            Behaviour.open(tmp_path / "b")
        file.write_bytes(whole)
    Behaviour.open(tmp_path / "b")


def test_another_schema_is_named(tmp_path: Path) -> None:
    mine_two_products(tmp_path / "b")
    meta = tmp_path / "b" / "meta.json"
    meta.write_text(meta.read_text().replace('"schema": 1', '"schema": 2'))
    with pytest.raises(HomeSchemaError):
        Behaviour.open(tmp_path / "b")


def test_the_digest_follows_the_evidence(tmp_path: Path) -> None:
    one = mine_two_products(tmp_path / "a").digest
    assert mine_two_products(tmp_path / "b").digest == one
    assert mine_two_products(tmp_path / "c", rules=Rules(cap=1)).digest != one
    assert Behaviour.open(tmp_path / "a").digest == one
    types = np.zeros(1, dtype=np.int32)
    found = [
        mine_rows(
            np.arange(count),
            np.zeros(count, dtype=np.int32),
            None,
            tmp_path / str(count),
            type_of=types,
            n_types=1,
            n_rows=1,
        ).digest
        for count in (4, 5)
    ]
    assert found[0] != found[1]


def test_heavy_libraries_are_not_imported() -> None:
    code = (
        "import sys, goeswith.engine.behaviour; "
        "print([m for m in ('polars', 'scipy', 'faiss', 'engine') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=root.parent,
        env=os.environ | {"PYTHONPATH": str(root / ".typing")},
    )
    assert done.stdout.strip() == "[]"
