from __future__ import annotations

import pytest

from goeswith.engine.catalog.clean import cap, clean, read_available, read_price, snake


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12.99 USD", (12.99, "USD")),
        ("EUR 12,99", (12.99, "EUR")),
        ("$1,299.00", (1299.0, "USD")),
        ("1.299,00 €", (1299.0, "EUR")),
        ("1,299", (1299.0, "")),
        ("1 299,50 kr", (1299.5, "")),
        ("0,125", (0.125, "")),
        ("7", (7.0, "")),
        ("-5", (None, "")),
        ("on request", (None, "")),
        ("1,2.3,4", (None, "")),
        ("9" * 400, (None, "")),
        ("", (None, "")),
    ],
)
def test_prices(text: str, price: tuple[float | None, str]) -> None:
    assert read_price(text) == price


@pytest.mark.parametrize(
    ("text", "available"),
    [
        ("in stock", True),
        ("In_Stock", True),
        ("https://schema.org/InStock", True),
        ("12", True),
        ("TRUE", True),
        ("0", False),
        ("-3", False),
        ("out of stock", False),
        ("Pre-Order", False),
        ("nan", None),
        ("maybe", None),
    ],
)
def test_availability(text: str, available: bool | None) -> None:
    assert read_available(text) is available


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a\t b\n", "a b"),
        ("a\x00b\x07", "ab"),
        ("a\ud800b", "ab"),
        ("a\u202eb\u200b\ufeff", "ab"),
        ("e\u0301\u00a0x", "\u00e9 x"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_cap_cuts_at_a_word_near_the_end() -> None:
    assert cap("one two three", 9) == "one two t"[:7] + " t"
    assert cap("one two three", 8) == "one two"
    assert cap("abcdefghij", 4) == "abcd"
    assert cap("abc", 4) == "abc"


def test_snake() -> None:
    assert snake("g:Item Group-ID ") == "item_group_id"
    assert snake("Größe (cm)") == "grösse_cm"
