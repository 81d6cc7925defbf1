"""What nearly every basket with the given kinds holds is offered, though its lift is chance."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.model import Relation, type_name
from goeswith.engine.pack import load_pack
from goeswith.engine.request import Request
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings

BUILDS = {
    "Motherboard": 1.0,
    "Processor": 1.0,
    "Power Supply": 0.97,
    "Internal Drive": 0.8,
    "Card Reader": 0.2,
}
"""Kinds of a shop of builds, and how many builds have them, each apart from the others."""

STAPLES = {"Fluid Milk": 0.9, "Bananas": 0.85, "Bread": 0.8}
"""What the big baskets of a grocer hold. Of the small ones few have any."""


@contextmanager
def shop(
    folder: Path, kinds: Iterable[str], baskets: list[list[str]], spelling: Settings
) -> Iterator[Engine]:
    """Open an engine over a shop that sells one product of each kind."""
    folder.mkdir(exist_ok=True)
    rows = [(kind.upper(), f"Acme {kind} One", "Acme", kind) for kind in kinds]
    _write(folder / "catalog.csv", ("sku", "title", "brand", "product_type"), rows)
    bought = [(f"b{n}", kind.upper()) for n, basket in enumerate(baskets) for kind in basket]
    _write(folder / "baskets.csv", ("basket_id", "sku"), bought)
    index(
        Home(folder / "home"),
        [folder / "catalog.csv"],
        [folder / "baskets.csv"],
        feed=None,
        field_map=None,
        embedder=load_embedder("hash"),
        pack=load_pack(),
        progress=lambda stage, done, total: None,
    )
    with Engine.open(folder / "home", settings=spelling) as opened:
        yield opened


def builds(shares: Mapping[str, float], count: int) -> list[list[str]]:
    """Return builds that hold each kind to just its share, whatever else they hold."""
    pick = np.random.default_rng(7)
    has = {kind: pick.permutation(count) < round(share * count) for kind, share in shares.items()}
    return [[kind for kind in shares if has[kind][n]] for n in range(count)]


def groceries() -> list[list[str]]:
    """Return forty large baskets with yeast and most staples, and 360 that hold one thing."""
    others = ["Tea", "Soap", "Candles", "Foil", "Rice"]
    large = builds({"Yeast": 1.0, **STAPLES, **dict.fromkeys(others, 0.45)}, 40)
    pick = np.random.default_rng(3)
    return large + [[kind] for kind in pick.choice([*STAPLES, *others], 360).tolist()]


def offered(engine: Engine, question: str, *basket: str) -> list[str]:
    """Return the kinds that are offered, in the order in which a shopper reads them."""
    body = engine.ask(Request(question, basket=basket), use_cache=False).data()
    names = [type_name(p.product_type) for group in body.groups for p in group.products]
    return list(dict.fromkeys(names))


def test_what_every_build_needs_comes_first_and_says_how_many_have_it(
    tmp_path: Path, spelling: Settings
) -> None:
    with shop(tmp_path, BUILDS, builds(BUILDS, 100), spelling) as engine:
        asked = Request("what else do i need", basket=("MOTHERBOARD",))
        body = engine.ask(asked, use_cache=False).data()
        assert offered(engine, "what else do i need", "MOTHERBOARD")[:3] == [
            "Processor",
            "Power Supply",
            "Internal Drive",
        ]
        [edge] = [e for e in body.graph.edges if e.target == "type:Power Supply"]
        assert edge.relation is Relation.PART_OF_SET
        assert edge.verdict.accepted
        assert "97% of 100 baskets with Motherboard have it." in edge.why
        whys = [p.why for group in body.groups for p in group.products]
        assert any("97% of 100 baskets" in why for why in whys)


def test_what_few_builds_have_is_not_offered(tmp_path: Path, spelling: Settings) -> None:
    with shop(tmp_path, BUILDS, builds(BUILDS, 100), spelling) as engine:
        assert "Card Reader" not in offered(engine, "what else do i need", "MOTHERBOARD")


def test_a_named_part_is_completed_too_and_only_with_a_basket(
    tmp_path: Path, spelling: Settings
) -> None:
    with shop(tmp_path, BUILDS, builds(BUILDS, 100), spelling) as engine:
        named = "what goes with Acme Motherboard One"
        assert "Internal Drive" in offered(engine, named, "MOTHERBOARD")
        assert "Internal Drive" not in offered(engine, named)


def test_the_kind_that_says_least_decides(tmp_path: Path, spelling: Settings) -> None:
    """Half of the readers' builds have no drive, so who has board and reader may need none."""
    baskets = builds({k: s for k, s in BUILDS.items() if k != "Card Reader"}, 100)
    with_reader = [basket for basket in baskets if "Internal Drive" not in basket]
    with_reader += [basket for basket in baskets if "Internal Drive" in basket][:20]
    for basket in with_reader:
        basket.append("Card Reader")
    with shop(tmp_path, BUILDS, baskets, spelling) as engine:
        ask = "what else do i need"
        assert "Internal Drive" in offered(engine, ask, "MOTHERBOARD")
        assert "Internal Drive" not in offered(engine, ask, "MOTHERBOARD", "CARD READER")


def test_few_builds_prove_nothing(tmp_path: Path, spelling: Settings) -> None:
    with shop(tmp_path, BUILDS, builds(BUILDS, 12), spelling) as engine:
        assert "Internal Drive" not in offered(engine, "what else do i need", "MOTHERBOARD")


def test_staples_of_big_baskets_complete_nothing(tmp_path: Path, spelling: Settings) -> None:
    """Nine in ten baskets with yeast have milk, as large baskets do; baskets in general do not."""
    baskets = groceries()
    with shop(tmp_path, sorted({k for b in baskets for k in b}), baskets, spelling) as engine:
        body = engine.ask(Request("what else do i need", basket=("YEAST",))).data()
        assert not [e for e in body.graph.edges if e.relation is Relation.PART_OF_SET]


def _write(file: Path, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([head, *rows])
