from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from goeswith.engine.behaviour import Behaviour
from goeswith.engine.index.home import Home
from goeswith.engine.settings import Settings
from goeswith.eval import shophome
from goeswith.eval.errors import EvalError
from goeswith.eval.model import Prepared
from goeswith.eval.shophome import Source, SplitShop, split_shop
from goeswith.eval.split import Columns


@pytest.fixture
def small(tmp_path: Path) -> Source:
    catalog, baskets = tmp_path / "catalog.csv", tmp_path / "baskets.parquet"
    catalog.write_text("sku,title,product_type\nA,Apple,Fruit\nB,Bread,Bakery\n")
    days = pl.datetime_range(
        pl.datetime(2025, 1, 1), pl.datetime(2025, 2, 26), interval="1d", eager=True
    )
    pl.DataFrame({"basket_id": range(len(days)), "sku": "A", "time": days}).write_parquet(baskets)
    columns = Columns(basket="basket_id", time="time")
    return Source("small", catalog, baskets, columns, "plain", "plain")


def test_a_home_is_made_once(small: Source, tmp_path: Path, settings: Settings) -> None:
    stages: list[str] = []

    def made() -> SplitShop:
        return split_shop(
            small, 0.75, tmp_path / "work", settings, lambda stage, *_: stages.append(stage)
        )

    first = made()
    assert stages
    stages.clear()
    assert made() == first
    assert not stages
    (first.folder / "split.json").unlink()
    assert made() == first, "a folder that was not finished is made again"
    assert stages


def test_the_index_holds_the_learning_baskets_only(
    small: Source, tmp_path: Path, settings: Settings
) -> None:
    shop = split_shop(small, 0.75, tmp_path / "work", settings, lambda *_: None)
    manifest = Home(shop.home).current().manifest
    later = Behaviour.open(shop.later_behaviour)
    assert (manifest.baskets, later.baskets) == (shop.learn, shop.later)
    assert shop.learn + shop.later == 57
    assert manifest.behaviour_days == shop.learn == 42
    assert not list(shop.folder.rglob("*.parquet")), "the slices are not kept"


def test_what_decides_an_index_decides_the_folder(
    small: Source, tmp_path: Path, settings: Settings
) -> None:
    def folder(share: float) -> Path:
        return split_shop(small, share, tmp_path / "work", settings, lambda *_: None).folder

    first = folder(0.75)
    assert folder(0.5) != first
    small.catalog.write_text("sku,title,product_type\nA,Apples,Fruit\n")
    assert folder(0.75) != first


def test_old_folders_are_removed_and_strange_ones_are_not(
    small: Source, tmp_path: Path, settings: Settings
) -> None:
    work = tmp_path / "work"
    (work / "small-notes").mkdir(parents=True)
    made = [
        split_shop(small, share, work, settings, lambda *_: None).folder
        for share in (0.2, 0.4, 0.6, 0.8)
    ]
    assert [folder.is_dir() for folder in made] == [False, True, True, True]
    assert (work / "small-notes").is_dir()


def test_a_work_folder_that_cannot_be_written_is_told(
    small: Source, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match="--work"):
        split_shop(small, 0.75, tmp_path / "file" / "work", settings, lambda *_: None)


def test_the_parts_of_the_engine_that_write_an_index_exist(tiny: Prepared, root: Path) -> None:
    assert tiny.home.is_dir()
    for name in shophome.WRITES_INDEX:
        assert (root / "engine" / name).exists(), name
