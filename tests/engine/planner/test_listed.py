"""Shopping lists: several things in one question, each a need of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.request import Limits, Request
from goeswith.engine.settings import Settings
from tests.engine.planner.conftest import opened

SHELVES = (
    ("B1", "White bread", "Bread > Bread"),
    ("B2", "Rye bread", "Bread > Bread"),
    ("M1", "Milk, 1 gal", "Dairy > Milk"),
    ("E1", "Eggs, 1 dz", "Eggs > Eggs"),
    ("C1", "Macaroni and cheese", "Dinners > Macaroni and cheese"),
    ("C2", "Cheddar cheese", "Dairy > Cheese"),
    ("C3", "Elbow macaroni", "Pasta > Macaroni"),
    ("J1", "Apple juice", "Juice > Apple juice"),
    ("J2", "Orange juice", "Juice > Orange juice"),
    ("A1", "Gala apples", "Fruit > Apples"),
    ("P1", "Peanut butter", "Spreads > Peanut butter"),
    ("P2", "Grape jelly", "Spreads > Jelly"),
    ("P3", "Sugar free spread", "Restricted diet > Peanut butter/jelly"),
    ("U1", "Macaroni bowl and cheese knife", ""),
    ("D1", "Black dress", "Women > Dresses"),
    ("D2", "Black and white dress", "Women > Dresses"),
)
BOUGHT = [["B1", "M1"], ["E1", "M1"], ["C1", "J1"], ["P1", "P2"], ["A1", "J2"]] * 9


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, spelling: Settings) -> Iterator[Engine]:
    with opened(tmp_path_factory.mktemp("lists"), SHELVES, spelling, BOUGHT) as engine:
        yield engine


def found(shop: Engine, question: str) -> dict[str, str]:
    """Return the first product of each need by the phrase of the need."""
    body = shop.ask(question, use_cache=False).data()
    phrases = {need.id: need.phrase for need in body.plan.needs}
    return {phrases[g.need]: g.products[0].sku for g in body.groups if g.products}


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("bread and milk", {"bread": "B1", "milk": "M1"}),
        ("i need bread, milk and eggs", {"bread": "B1", "milk": "M1", "egg": "E1"}),
        ("milk, eggs, bread", {"milk": "M1", "egg": "E1", "bread": "B1"}),
        ("bread & milk", {"bread": "B1", "milk": "M1"}),
        ("bread + milk", {"bread": "B1", "milk": "M1"}),
        ("apple and orange juice", {"apple juice": "J1", "orange juice": "J2"}),
        ("peanut butter and jelly", {"peanut butter": "P1", "jelly": "P2"}),
    ],
)
def test_each_thing_is_a_need(shop: Engine, question: str, things: dict[str, str]) -> None:
    assert found(shop, question) == things


@pytest.mark.parametrize(
    "question", ["macaroni and cheese", "black and white dress", "bread", "hide and seek"]
)
def test_what_is_one_thing_stays_one(shop: Engine, question: str) -> None:
    assert len(shop.ask(question, use_cache=False).data().plan.needs) <= 1


def test_what_an_activity_is_called_is_no_list(shop: Engine) -> None:
    assert "bread" not in found(shop, "arts and crafts")


def test_what_is_not_sold_is_told(shop: Engine) -> None:
    body = shop.ask("bread, milk and qzxv", use_cache=False).data()
    assert [need.phrase for need in body.plan.needs] == ["bread", "milk", "qzxv"]
    assert body.notes == ("Nothing here says 'qzxv'.",)
    assert found(shop, "bread, milk and qzxv") == {"bread": "B1", "milk": "M1"}


def test_bounds_hold_for_every_thing(shop: Engine) -> None:
    needs = shop.ask("bread and milk not rye", use_cache=False).data().plan.needs
    assert [need.constraints.not_words for need in needs] == [("rye",), ("rye",)]


def test_a_list_that_is_longer_than_an_answer_says_so(shop: Engine) -> None:
    asked = Request("milk, eggs and bread", budget=Limits(needs=2))
    body = shop.ask(asked, use_cache=False).data()
    assert [need.phrase for need in body.plan.needs] == ["milk", "egg"]
    assert body.notes == ("The list has 3 things; these are the first 2.",)
