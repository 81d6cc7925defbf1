"""Which newcomers are looked at where any product of their type will do."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from goeswith.engine.catalog import Snapshot, read_catalog
from goeswith.engine.graph.subgraph import LOOKED_AT, SHOWN
from goeswith.engine.index.newcomers import Newcomers


@pytest.fixture
def catalog(tmp_path: Path) -> Snapshot:
    """A type with more products than are looked at, another with one, and twins."""
    feed, out = tmp_path / "catalog.csv", tmp_path / "snapshot"
    out.mkdir()
    with feed.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("sku", "title", "product_type"))
        rows.writerows((f"A{n:02}", f"Apple {n}", "Apples") for n in range(LOOKED_AT + 3))
        rows.writerow(("B00", "Bread", "Bread"))
        rows.writerows((f"T{n:02}", f"Tea {n % 2}", "Tea") for n in range(2 * LOOKED_AT))
    read_catalog([feed], out, feed=None, generation=1, progress=lambda *_: None)
    return Snapshot.open(out)


def leading(catalog: Snapshot, bought: dict[str, int], *, fits: bool = False) -> set[str]:
    popularity = np.array([bought.get(sku, 0) for sku in catalog.skus()], dtype=np.int64)
    ranks = Newcomers(catalog, popularity)
    return {sku for row, sku in enumerate(catalog.skus()) if ranks.leads(row, fits=fits)}


def test_what_is_bought_most_leads(catalog: Snapshot) -> None:
    found = leading(catalog, {f"A{n:02}": 100 - n for n in range(LOOKED_AT + 3)})
    apples = {sku for sku in found if sku.startswith("A")}
    assert apples == {f"A{n:02}" for n in range(LOOKED_AT)}
    assert "B00" in found


def test_where_nothing_is_bought_everything_may_lead(catalog: Snapshot) -> None:
    assert leading(catalog, {}) == set(catalog.skus())


def test_products_of_one_title_count_once(catalog: Snapshot) -> None:
    found = leading(catalog, {f"T{n:02}": 100 - n for n in range(2 * LOOKED_AT)})
    assert {f"T{n:02}" for n in range(2 * LOOKED_AT)} <= found


def test_what_nobody_bought_comes_behind_what_is_shown(catalog: Snapshot) -> None:
    few = {f"A{n:02}": 100 - n for n in range(SHOWN)}
    assert not {sku for sku in leading(catalog, few) if sku.startswith("A")} - few.keys()
    assert {f"A{n:02}" for n in range(LOOKED_AT + 3)} <= leading(catalog, few, fits=True)
    del few["A00"]
    assert {f"A{n:02}" for n in range(LOOKED_AT + 3)} <= leading(catalog, few)
