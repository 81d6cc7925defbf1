"""What a plain word names: the kinds of it that people buy."""

from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.pack import load_pack
from goeswith.engine.planner.anchor import kinds_called, kinds_named, kinds_narrowed
from goeswith.engine.planner.finding import is_titled
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import load_settings

SHELVES = {
    "Fluid milk white only": "Fluid milk white only",
    "Canned milk": "Canned milk",
    "Milk chocolate bars": "Milk chocolate bars",
}


@pytest.fixture
def dairy(tmp_path: Path) -> Engine:
    """A shop where the staple has a clumsy name, and the rare product the nearest title."""
    catalog, baskets = tmp_path / "catalog.csv", tmp_path / "baskets.csv"
    lines = [
        f'{kind[:2]}{n},"{title}, {n} oz",{kind}'
        for kind, title in SHELVES.items()
        for n in range(20 if kind == "Canned milk" else 1)
    ]
    catalog.write_text("sku,title,product_type\n" + "\n".join(lines) + "\n")
    bought = [f"b{n},Fl0" for n in range(50)] + [f"c{n},Ca{n}" for n in range(20)]
    baskets.write_text("basket_id,sku\n" + "\n".join(bought) + "\n")
    settings = load_settings(environ={}, flags={"retrieval.embedder": "hash"})
    index(
        Home(tmp_path / "home"),
        [catalog],
        [baskets],
        feed=None,
        field_map=None,
        embedder=load_embedder("hash"),
        pack=load_pack(),
        progress=lambda stage, done, total: None,
    )
    return Engine.open(tmp_path / "home", settings=settings)


def test_a_plain_word_names_kinds_and_a_fuller_phrase_does_not(dairy: Engine) -> None:
    with dairy as engine:
        shop = engine.shop
        called = kinds_called(shop, "milk")
        named = {shop.kinds.label(t) for t in kinds_named(shop, "milk", called)}
        fuller = kinds_named(shop, "organic milk", called)
        plan = engine.ask("milk").data()
    assert named == {"fluid milk white only", "canned milk"}
    assert fuller == ()
    kinds = [edge.evidence[0].reference for edge in plan.graph.edges]
    assert set(kinds) == {"product_type"}, "titles tell nothing of a plain word"


def test_one_last_word_does_not_make_two_things_one(dairy: Engine) -> None:
    with dairy as engine:
        shop = engine.shop
        called = kinds_called(shop, "oat milk")
        narrowed = kinds_narrowed(shop, "sweet canned milk", called)
        assert {shop.kinds.label(t) for t in narrowed} == {"canned milk"}
        assert kinds_narrowed(shop, "oat milk", called) == ()


def test_a_title_holds_every_word_of_a_phrase_or_it_does_not_count(dairy: Engine) -> None:
    with dairy as engine:
        assert is_titled(engine.shop, "milk chocolate")
        assert not is_titled(engine.shop, "milk chocolate frother")
