"""What goes with one very product: by relation, proven, and never with itself."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.errors import UnknownProductError
from goeswith.engine.model import Relation


@pytest.fixture(scope="module")
def mounts(camera: Path) -> dict[str, str]:
    with (camera / "catalog.csv").open(newline="", encoding="utf-8") as file:
        return {row["sku"]: row["attr.mount"] for row in csv.DictReader(file)}


def test_what_fits_a_camera_is_proven_by_attributes(reader: Engine, mounts: dict[str, str]) -> None:
    found = reader.relations("CAM-R10").relations
    fitting = {item.sku for item in found[Relation.COMPATIBLE_WITH]}
    assert "BAT-LPE17" in fitting
    lenses = {mounts[sku] for sku in fitting if sku.startswith("LEN-")}
    assert lenses
    assert lenses <= {"RF", "RF-S"}
    cards = {item.sku for item in found[Relation.REQUIRED_PART]}
    assert cards <= {"CRD-SDV30", "CRD-SDV30-256", "CRD-SDV60"}


def test_lenses_of_other_mounts_replace_nothing(reader: Engine, mounts: dict[str, str]) -> None:
    found = reader.relations("LEN-RF100400").relations
    for relation in (Relation.SUBSTITUTE, Relation.DIFFERENT_BRAND):
        assert {mounts[item.sku] for item in found.get(relation, ())} <= {"RF"}


def test_every_relation_has_evidence_and_a_verdict_and_another_end(reader: Engine) -> None:
    for sku in ("CAM-R10", "LEN-RF100400", "BAT-LPE17", "CRD-SDV60"):
        told = reader.relations(sku)
        assert told.sku == sku
        for relation, items in told.relations.items():
            assert items
            assert len({item.sku for item in items}) == len(items)
            for item in items:
                assert item.sku != sku
                assert item.edge.relation is relation
                assert item.edge.verdict.accepted
                assert any(e.polarity == "supports" for e in item.edge.evidence)
                assert item.why
        assert not any(edge.verdict.accepted for edge in told.refused)


def test_variants_share_an_item_group(reader: Engine) -> None:
    """The two Sigma lenses are one model for two mounts, so neither is a variant to choose."""
    catalog = reader.shop.catalog
    for sku in ("LEN-SIG150600EF", "LEN-SIG100400E"):
        row = catalog.row(sku)
        assert row is not None
        for item in reader.relations(sku).relations.get(Relation.VARIANT_OF, ()):
            other = catalog.row(item.sku)
            assert other is not None
            assert catalog.product(other).item_group == catalog.product(row).item_group


def test_the_same_is_told_twice(reader: Engine) -> None:
    assert reader.relations("CAM-R10") == reader.relations("CAM-R10")


@pytest.mark.parametrize("sku", ["", "NO-SUCH", "\x00", "sku:CAM-R10"])
def test_an_unknown_product_is_told(sku: str, reader: Engine) -> None:
    with pytest.raises(UnknownProductError, match="no product"):
        reader.relations(sku)
