from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from goeswith.engine.catalog import Snapshot, diff, read_catalog
from goeswith.engine.errors import HomeDamagedError, HomeMissingError, HomeSchemaError

Row = dict[str, object]

BASE: list[Row] = [
    {"sku": "c", "title": "Cup", "product_type": "B > C", "brand": "Zed", "price": 3},
    {"sku": "a", "title": "Axe", "product_type": "A", "brand": "Ox", "size": "2"},
    {"sku": "b", "title": "Bag", "availability": "out_of_stock", "price": "1,299.50 EUR"},
    {"sku": "ä", "title": "Bar", "product_type": "B > C", "item_group": "g"},
]


def build(folder: Path, rows: list[Row], generation: int = 1) -> Snapshot:
    source = folder.with_suffix(".jsonl")
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read_catalog([source], folder, feed="plain", generation=generation, progress=lambda *_: None)
    return Snapshot.open(folder)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return build(tmp_path / "s", BASE, generation=3)


def test_columns(snapshot: Snapshot) -> None:
    assert (len(snapshot), snapshot.generation, snapshot.feed) == (4, 3, "plain")
    assert list(snapshot.skus()) == ["a", "b", "c", "ä"]
    assert list(snapshot.types) == [(), ("A",), ("B", "C")]
    assert snapshot.type_of.tolist() == [1, 0, 2, 2]
    assert snapshot.type_of.dtype == np.int32
    assert list(snapshot.brands) == ["Ox", "Zed"]
    assert snapshot.brand_of.tolist() == [0, -1, 1, -1]
    assert np.isnan(snapshot.price[0])
    assert snapshot.price[1:3].tolist() == [1299.5, 3.0]
    assert snapshot.available.tolist() == [-1, 0, -1, -1]
    assert snapshot.rows_of_type(2).tolist() == [2, 3]
    assert list(snapshot.texts()) == ["Axe Ox A", "Bag", "Cup Zed B C", "Bar B C"]
    assert [snapshot.text(row) for row in range(4)] == list(snapshot.texts())
    assert [snapshot.title(row) for row in range(4)] == list(snapshot.titles())
    assert snapshot.fingerprints.shape == (4, 16)
    assert snapshot.fingerprint(0) == snapshot.fingerprints[0].tobytes()


def test_sku_lookup(snapshot: Snapshot) -> None:
    for row in range(len(snapshot)):
        assert snapshot.row(snapshot.sku(row)) == row
    for unknown in ("", "A", "aa", "\ud800", "x" * 1000):
        assert snapshot.row(unknown) is None


@pytest.mark.parametrize("row", [-1, 4])
def test_rows_out_of_range(snapshot: Snapshot, row: int) -> None:
    for method in (
        snapshot.sku,
        snapshot.title,
        snapshot.text,
        snapshot.product,
        snapshot.offer,
        snapshot.fingerprint,
    ):
        with pytest.raises(IndexError):
            method(row)
    with pytest.raises(IndexError):
        snapshot.rows_of_type(row)


def test_row_order_does_not_matter(tmp_path: Path, snapshot: Snapshot) -> None:
    other = build(tmp_path / "other", BASE[::-1], generation=9)
    assert other.digest == snapshot.digest
    assert diff(snapshot, other).empty
    for name in ("title.bin", "tables.json", "type_of.npy", "fingerprints.npy"):
        assert (other.folder / name).read_bytes() == (snapshot.folder / name).read_bytes()


def changed(**fields: object) -> list[Row]:
    return [{**BASE[0], **fields}, *BASE[1:]]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Mug"},
        {"brand": "Ox"},
        {"brand": ""},
        {"product_type": "B"},
        {"product_type": "B C"},
        {"size": "2"},
        {"item_group": "g"},
    ],
)
def test_a_changed_field_is_found(
    tmp_path: Path, snapshot: Snapshot, fields: dict[str, object]
) -> None:
    new = build(tmp_path / "new", changed(**fields))
    assert new.digest != snapshot.digest
    found = diff(snapshot, new)
    assert (found.added, found.changed, found.removed) == ((), ("c",), ())


@pytest.mark.parametrize("fields", [{"price": 4}, {"availability": "in_stock"}])
def test_price_and_availability_do_not_count(
    tmp_path: Path, snapshot: Snapshot, fields: dict[str, object]
) -> None:
    new = build(tmp_path / "new", changed(**fields))
    assert new.digest == snapshot.digest
    assert diff(snapshot, new).empty


def test_added_and_removed(tmp_path: Path, snapshot: Snapshot) -> None:
    rows: list[Row] = [{**BASE[1], "title": "Axe 2"}, *BASE[2:], {"sku": "d", "title": "D"}]
    new = build(tmp_path / "new", rows)
    found = diff(snapshot, new)
    assert (found.added, found.changed, found.removed) == (("d",), ("a",), ("c",))
    back = diff(new, snapshot)
    assert (back.added, back.changed, back.removed) == (("c",), ("a",), ("d",))


def test_renaming_a_sku_changes_the_digest(tmp_path: Path, snapshot: Snapshot) -> None:
    new = build(tmp_path / "new", changed(sku="cc"))
    assert new.digest != snapshot.digest
    assert diff(snapshot, new).removed == ("c",)


def test_folder_can_go_while_it_is_open(snapshot: Snapshot) -> None:
    shutil.rmtree(snapshot.folder)
    assert snapshot.product(2).title == "Cup"


def test_missing_damaged_and_foreign_folders(tmp_path: Path, snapshot: Snapshot) -> None:
    with pytest.raises(HomeMissingError, match="goeswith index"):
        Snapshot.open(tmp_path / "nowhere")
    manifest = snapshot.folder / "manifest.json"
    good = manifest.read_bytes()
    manifest.write_bytes(msgspec.json.encode({"schema": 99}))
    with pytest.raises(HomeSchemaError, match="99"):
        Snapshot.open(snapshot.folder)
    for bad in (b"", b"[]", b"{", good[:-20], b'{"schema": 1}', b"\xff\xfe"):
        manifest.write_bytes(bad)
        with pytest.raises(HomeDamagedError):
            Snapshot.open(snapshot.folder)


def test_every_file_is_checked(tmp_path: Path, snapshot: Snapshot) -> None:
    for path in snapshot.folder.iterdir():
        if path.name in {"manifest.json", "rejects.jsonl"}:
            continue
        copy = tmp_path / "copy"
        shutil.copytree(snapshot.folder, copy)
        (copy / path.name).write_bytes(path.read_bytes() + b"x")
        with pytest.raises(HomeDamagedError, match="wrong size"):
            Snapshot.open(copy)
        (copy / path.name).unlink()
        with pytest.raises(HomeDamagedError):
            Snapshot.open(copy)
        shutil.rmtree(copy)


def test_verify_finds_a_flipped_bit(snapshot: Snapshot) -> None:
    snapshot.verify()
    path = snapshot.folder / "title.bin"
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)
    with pytest.raises(HomeDamagedError, match=r"title\.bin"):
        Snapshot.open(snapshot.folder).verify()


def test_opening_needs_no_polars(snapshot: Snapshot) -> None:
    code = (
        "import sys; from pathlib import Path; from goeswith.engine.catalog import Snapshot, diff\n"
        "s = Snapshot.open(Path(sys.argv[1])); s.product(0); diff(s, s)\n"
        "assert not {'polars', 'scipy', 'numba', 'engine'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(snapshot.folder)], check=True)
