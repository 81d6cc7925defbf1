"""Promise 9 where curated phrases come to mean other types, and where nothing goes with a thing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.model import Relation
from goeswith.engine.pack import Pack
from goeswith.engine.pack.schema import Activity, PackNeed, PackRelation
from tests.promises.conftest import Row, row, skus, small_pack

LONELY = "what goes with steel spoon"
TEA = "what goes with green tea"
PARTY = "soup party"

SHOP = (
    row("F0", "Pink Frosting", "Frosting"),
    row("T0", "Green Tea", "Tea"),
    row("L0", "Lemon Juice", "Juice"),
    row("S0", "Steel Spoon", "Spoon"),
)
ROSE = (row("F0", "Rose Frosting", "Frosting"), *SHOP[1:])
BOWL = row("B0", "Deep Bowl", "Bowl")
BASKETS = [["T0", "L0"]] * 30 + [["S0"], ["F0"], ["T0"]] * 100


@pytest.fixture(scope="module")
def pack() -> Pack:
    """A pack that knows what spoons are for."""
    needs = (
        PackNeed("spoon", "spoon", "Soup is eaten with it."),
        PackNeed("dish", "deep dish", "Soup is eaten from it.", synonyms=("bowl",)),
    )
    relations = (PackRelation("spoon", Relation.ACCESSORY, "bowl", "It holds the soup."),)
    return small_pack(relations, (Activity("soup", (PARTY,), needs),))


class Shop:
    """A shop that is indexed again and again."""

    def __init__(self, make: Any, pack: Pack) -> None:
        self._make = make
        self._pack = pack
        self._home: Path | None = None

    def now(self, rows: Sequence[Row], baskets: Sequence[Sequence[str]] = BASKETS) -> Engine:
        self._make.close()
        self._home = self._make.index(rows, baskets, home=self._home, pack=self._pack)
        engine: Engine = self._make.open(self._home, self._pack)
        return engine


@pytest.fixture
def shop(make: Any, pack: Pack) -> Shop:
    return Shop(make, pack)


def test_that_nothing_goes_with_a_thing_is_kept_when_something_else_changes(shop: Shop) -> None:
    before = shop.now(SHOP).ask(LONELY)
    assert not before.data().groups
    for rows in (ROSE, (*ROSE, row("K0", "Door Key", "Key"))):
        kept = shop.now(rows).look(LONELY)
        assert kept is not None
        assert (kept.cache.stale, kept.body) == (False, before.body)


def test_it_goes_when_baskets_relate_it(shop: Shop) -> None:
    shop.now(SHOP).ask(LONELY)
    engine = shop.now(SHOP, [*BASKETS, *[["S0", "F0"]] * 60])
    assert engine.look(LONELY) is None
    assert skus(engine.ask(LONELY)) == {"F0"}


def test_it_goes_when_the_shop_gets_what_curated_knowledge_relates(shop: Shop) -> None:
    shop.now(SHOP).ask(LONELY)
    engine = shop.now((*SHOP, BOWL), [*BASKETS, *[["B0"]] * 100])
    assert engine.look(LONELY) is None
    assert skus(engine.ask(LONELY)) == {"B0"}


def test_what_found_nothing_for_another_cause_goes_with_any_change(shop: Shop) -> None:
    unknown = "what goes with zyzzyva"
    assert not shop.now(SHOP).ask(unknown).data().groups
    assert shop.now(ROSE).look(unknown) is None


def test_an_activity_is_refreshed_when_the_shop_gets_what_it_needs(shop: Shop) -> None:
    engine = shop.now(SHOP)
    assert skus(engine.ask(PARTY)) == {"S0"}
    engine.ask(TEA)
    engine = shop.now((*SHOP, BOWL))
    stale = engine.ask(PARTY)
    assert stale.cache.stale
    untouched = engine.look(TEA)
    assert untouched is not None
    assert not untouched.cache.stale
    assert engine.background is not None
    assert engine.background.drain(60.0)
    assert skus(engine.ask(PARTY)) == {"S0", "B0"}


def test_it_goes_with_the_type_that_it_names(shop: Shop) -> None:
    """Else it would hide what the words mean now."""
    shop.now(SHOP).ask(LONELY)
    assert shop.now(SHOP[:-1]).look(LONELY) is None


def test_it_goes_with_the_product_whose_title_was_asked_for(shop: Shop) -> None:
    """The same words may mean another type now."""
    shop.now(SHOP).ask(LONELY)
    assert shop.now((*SHOP[:-1], row("S0", "Iron Spoon", "Spoon"))).look(LONELY) is None


def test_it_goes_when_what_was_refused_as_rare_is_bought(shop: Shop) -> None:
    """Nothing but how well the phrase matches the type changes."""
    told = shop.now((*SHOP, BOWL)).explain(LONELY)
    assert [(edge.target, edge.verdict.reason) for edge in told.refused] == [
        ("type:Bowl", "low_confidence")
    ]
    assert not shop.now((*SHOP, BOWL)).ask(LONELY).data().groups
    engine = shop.now((*SHOP, BOWL), [*BASKETS, *[["B0"]] * 100])
    assert engine.look(LONELY) is None
    assert skus(engine.ask(LONELY)) == {"B0"}
