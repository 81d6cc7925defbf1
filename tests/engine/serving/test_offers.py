"""Volatile fields are joined when an answer is read, and only when they are asked for."""

from __future__ import annotations

import msgspec

from goeswith.engine.engine import Engine
from goeswith.engine.model import Offer
from goeswith.engine.request import Include, Request

QUESTION = "telephoto lens for Canon EOS R10"


def offers(engine: Engine, *include: Include) -> dict[str, object]:
    body = engine.ask(Request(QUESTION, include=include)).data()
    return {product.sku: product.offer for group in body.groups for product in group.products}


def test_prices_are_those_of_the_snapshot(engine: Engine) -> None:
    found = offers(engine, "price")
    assert found["LEN-RF100400"] == Offer(649.0, "USD")


def test_availability_is_joined_alone(engine: Engine) -> None:
    found = offers(engine, "availability")
    assert found["LEN-RF100400"] == Offer(available=True)


def test_nothing_is_joined_or_stored_unasked(engine: Engine) -> None:
    assert offers(engine, "price", "availability")
    assert set(offers(engine).values()) == {msgspec.UNSET}
    assert b'"offer"' not in engine.ask(QUESTION).body
