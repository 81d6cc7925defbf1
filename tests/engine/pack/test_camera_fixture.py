from __future__ import annotations

import csv
import runpy
from collections import Counter
from pathlib import Path

import pytest

from goeswith.engine.pack import Rule, apply_rule, load_pack

_FIXTURE = Path(__file__).parents[2] / "fixtures" / "camera"
_MOUNTS = {"RF", "RF-S", "EF", "EF-S", "Z", "F", "E", "FE", "X", "L", "Micro Four Thirds"}

_Row = dict[str, str]


def _read(name: str) -> list[_Row]:
    with (_FIXTURE / name).open(newline="") as file:
        return list(csv.DictReader(file))


_CATALOG = {row["sku"]: row for row in _read("catalog.csv")}
_TRUTH = _read("truth.csv")


def _attributes(row: _Row) -> dict[str, str]:
    return {
        name.removeprefix("attr."): value for name, value in row.items() if name.startswith("attr.")
    }


def _kind(row: _Row) -> str:
    path = row["product_type"].split(" > ")
    kinds = {"Lenses": "lens", "Cameras": "camera"}
    return kinds.get(path[0], path[-1])


_RULE_OF = {
    ("camera", "lens"): "camera-lens-mount",
    ("camera", "Mount Adapters"): "camera-adapter-mount",
    ("lens", "Mount Adapters"): "lens-adapter-mount",
    ("lens", "Lens Filters"): "lens-filter-thread",
    ("lens", "Lens Hoods"): "lens-hood",
    ("lens", "Teleconverters"): "lens-hood",
    ("camera", "Camera Batteries"): "camera-battery",
    ("camera", "Memory Cards"): "camera-card-slot",
    ("Camera Batteries", "Battery Chargers"): "battery-charger",
}


def _rule(name: str) -> Rule:
    return next(rule for rule in load_pack().rules if rule.id == name)


def test_products_are_unique_and_complete() -> None:
    rows = _read("catalog.csv")
    assert len(rows) == len(_CATALOG) >= 90
    for row in rows:
        assert row["title"]
        assert row["brand"]
        assert float(row["price"]) > 0
        assert row["availability"] in ("in_stock", "out_of_stock")


def test_truth_names_known_products_once() -> None:
    assert len(_TRUTH) >= 250
    pairs = Counter((row["source"], row["relation"], row["target"]) for row in _TRUTH)
    assert max(pairs.values()) == 1
    for row in _TRUTH:
        assert row["source"] in _CATALOG
        assert row["target"] in _CATALOG
        assert row["holds"] in ("true", "false")
    holds = Counter(row["holds"] for row in _TRUTH)
    assert min(holds.values()) >= 100


def test_mounts_are_known_and_every_lens_finds_a_camera() -> None:
    cameras = [row for row in _CATALOG.values() if _kind(row) == "camera"]
    pack, rule = load_pack(), _rule("camera-lens-mount")
    for row in _CATALOG.values():
        assert row["attr.mount"] in _MOUNTS | {""}
        if _kind(row) == "lens":
            found = [
                apply_rule(rule, _attributes(camera), _attributes(row), pack.accepts)
                for camera in cameras
            ]
            assert "accept" in found, row["sku"]


def test_every_lens_has_a_filter_of_its_thread() -> None:
    diameters = {row["attr.diameter"] for row in _CATALOG.values()} - {""}
    for row in _CATALOG.values():
        if _kind(row) == "lens":
            assert row["attr.filter_thread"] in diameters, row["sku"]


def test_every_camera_battery_is_sold() -> None:
    batteries = {row["attr.model"] for row in _CATALOG.values() if _kind(row) == "Camera Batteries"}
    for row in _CATALOG.values():
        if row["attr.battery"]:
            assert batteries & set(row["attr.battery"].split("|")), row["sku"]


@pytest.mark.parametrize(
    "row", _TRUTH, ids=lambda row: f"{row['source']}-{row['relation']}-{row['target']}"
)
def test_rules_agree_with_the_truth(row: _Row) -> None:
    left, right = _CATALOG[row["source"]], _CATALOG[row["target"]]
    name = _RULE_OF.get((_kind(left), _kind(right)))
    if row["relation"] not in ("accessory", "compatible_with") or name is None:
        return
    found = apply_rule(_rule(name), _attributes(left), _attributes(right), load_pack().accepts)
    assert found == ("accept" if row["holds"] == "true" else "reject")


def test_most_truth_is_decided_by_a_rule() -> None:
    decided = [
        row
        for row in _TRUTH
        if (_kind(_CATALOG[row["source"]]), _kind(_CATALOG[row["target"]])) in _RULE_OF
    ]
    assert len(decided) >= 300


def test_the_baskets_are_what_the_script_makes() -> None:
    script = runpy.run_path(str(_FIXTURE / "make_baskets.py"))
    made = [
        dict(zip(("basket_id", "time", "sku"), row, strict=True)) for row in script["baskets"]()
    ]
    assert made == _read("baskets.csv")
    assert {row["sku"] for row in made} <= _CATALOG.keys()
    assert len({row["basket_id"] for row in made}) == 400
