"""A profile re-orders the products of a group, and does nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.errors import RequestError
from goeswith.engine.profile import Profile, read_profile
from goeswith.engine.request import Limits, Request

QUESTION = "camera battery"
MANY = Limits(products=100)


def order(engine: Engine, profile: Profile | None) -> list[str]:
    answer = engine.ask(Request(QUESTION, profile=profile, budget=MANY))
    return [product.sku for group in answer.data().groups for product in group.products]


def test_nothing_is_added_and_nothing_removed(engine: Engine) -> None:
    plain = order(engine, None)
    moved = order(engine, Profile(likes=("canon",), avoids=("nikon",), price="low"))
    assert sorted(moved) == sorted(plain)
    assert moved != plain


def test_an_empty_profile_changes_nothing(engine: Engine) -> None:
    assert order(engine, Profile()) == order(engine, None)


def test_preferred_brands_come_first_and_what_is_avoided_last(engine: Engine) -> None:
    catalog = engine.shop.catalog

    def brands(profile: Profile) -> list[str]:
        rows = [catalog.row(sku) for sku in order(engine, profile)]
        return [catalog.product(row).brand for row in rows if row is not None]

    first, last = brands(Profile(brands=("NIKON",))), brands(Profile(avoids=("canon",)))
    plain = brands(Profile())
    assert first.index("Nikon") < plain.index("Nikon")
    places = [at for at, brand in enumerate(last) if brand == "Canon"]
    assert places == list(range(len(last) - len(places), len(last)))


def test_price_breaks_what_else_is_equal(engine: Engine) -> None:
    catalog = engine.shop.catalog

    def mean_of_half(profile: Profile) -> float:
        rows = [catalog.row(sku) for sku in order(engine, profile)]
        prices = [float(catalog.price[row]) for row in rows if row is not None]
        half = prices[: len(prices) // 2]
        return sum(half) / len(half)

    assert mean_of_half(Profile(price="low")) < mean_of_half(Profile(price="high"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", '{"likes": ["organic"], "price": "low"}'),
        ("p.toml", 'likes = ["organic"]\nprice = "low"\n'),
    ],
)
def test_a_profile_is_read_from_a_file(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert read_profile(path) == Profile(likes=("organic",), price="low")


@pytest.mark.parametrize("text", ["[]", '{"age": 7}', '{"price": "cheap"}', "{", "\xff"])
def test_a_file_that_is_no_profile_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RequestError, match="cannot be used"):
        read_profile(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="Cannot read"):
        read_profile(tmp_path / "none.json")
