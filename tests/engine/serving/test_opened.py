"""How a generation reads questions."""

from __future__ import annotations

import pytest

from goeswith.engine.budget import Budget
from goeswith.engine.engine import Engine
from goeswith.engine.errors import QuestionError
from goeswith.engine.request import Limits, Request
from goeswith.engine.serving import opened
from goeswith.engine.serving.opened import Opened

LENS = "lens for Canon EOS R10"


@pytest.fixture
def shop(engine: Engine) -> Opened:
    return engine._current.opened


def test_a_question_is_read_once(shop: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop.read(Request(LENS))
    monkeypatch.setattr(opened, "read_question", None)
    assert shop.read(Request(LENS)) is first
    with pytest.raises(TypeError):
        shop.read(Request(LENS, locale="de"))


def test_what_comes_with_it_is_read_each_time(shop: Opened) -> None:
    plain = shop.read(Request(LENS))
    small = shop.read(Request(LENS, budget=Limits(needs=2)))
    given = shop.read(Request(LENS), Budget(needs=3))
    assert len({plain.key, small.key, given.key}) == 3
    assert shop.read(Request(LENS)) is plain
    sku = next(iter(shop.catalog.skus()))
    held = shop.read(Request(LENS, basket=(sku,)))
    assert held.question.basket == (sku,)
    assert shop.read(Request(LENS)).question.basket == ()


def test_nothing_personal_is_remembered(shop: Opened) -> None:
    for _ in range(2):
        assert shop.read(Request(f"{LENS} call 555 013 44 77 22")).personal
    assert len(shop._readings) == 0


def test_what_cannot_be_read_is_told_each_time(shop: Opened) -> None:
    for _ in range(2):
        with pytest.raises(QuestionError):
            shop.read(Request("???"))


def test_it_is_bounded(shop: Opened) -> None:
    for number in range(8_000):
        shop.read(Request(f"tripod {number}"))
    assert 1_000 < len(shop._readings) <= opened.READINGS
    assert shop._readings.bytes <= opened.READINGS_BYTES
    shop.read(Request("tripod " + "very " * 200))
    assert not any(len(name) > opened.LONGEST + 10 for name in shop._readings._entries)
