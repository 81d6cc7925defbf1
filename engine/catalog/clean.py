"""Text hygiene: what may stand in a field of a product, and how values are read from text."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

_KEPT_FORMAT = frozenset("\u200c\u200d")
_PRICE = re.compile(r"\d[\d.,'\u00a0\u202f ]*\d|\d")
_CODE = re.compile(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])")
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "zł": "PLN"}
_NAME = re.compile(r"[\W_]+")

_YES = frozenset({"in stock", "instock", "available", "yes", "true", "y", "online only"})
_NO = frozenset({"out of stock", "outofstock", "unavailable", "no", "false", "n", "sold out"})
_LATER = frozenset({"preorder", "pre order", "backorder", "back order", "discontinued"})


def clean(text: str) -> str:
    """Return `text` on one line without anything that cannot be shown or stored.

    Control characters, direction overrides, unassigned and lone surrogate code points go, white
    space collapses, letters are composed (Unicode NFC). The result can always be encoded as UTF-8.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = "".join(_kept(c) for c in unicodedata.normalize("NFC", " ".join(text.split())))
    return " ".join(text.split())


def _kept(char: str) -> str:
    if char.isprintable() or char in _KEPT_FORMAT:
        return char
    return " " if char.isspace() else ""


def cap(text: str, limit: int) -> str:
    """Return at most `limit` characters, cut at a word where one ends in the last fifth."""
    if len(text) <= limit:
        return text
    space = text.rfind(" ", limit - limit // 5, limit + 1)
    return text[: space if space > 0 else limit].rstrip()


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """Return an attribute or column name as lower_snake_case; the "g:" of XML feeds goes."""
    return _NAME.sub("_", clean(name).casefold().removeprefix("g:")).strip("_")


@lru_cache(maxsize=8192)
def read_price(text: str) -> tuple[float | None, str]:
    """Read "12.99 USD", "$1,299.00" or "1.299,00 €" as amount and ISO currency ("" unknown).

    The amount is None where none can be read, where it is negative or not finite.
    """
    code = _CODE.search(text)
    currency = code.group().upper() if code else ""
    if not currency:
        currency = next((iso for symbol, iso in _SYMBOLS.items() if symbol in text), "")
    found = _PRICE.search(text)
    if not found or text[: found.start()].rstrip().endswith("-"):
        return None, currency
    digits = re.sub(r"[^\d.,]", "", found.group())
    try:
        amount = float(_decimal_point(digits))
    except ValueError:
        return None, currency
    return (amount if math.isfinite(amount) else None), currency


def _decimal_point(digits: str) -> str:
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if point > comma else "."
        return digits.replace(thousands, "").replace(",", ".")
    mark = "," if comma >= 0 else "."
    head, _, tail = digits.rpartition(mark)
    if digits.count(mark) > 1 or (mark == "," and len(tail) == 3 and head != "0"):
        return digits.replace(mark, "")
    return digits.replace(",", ".")


@lru_cache(maxsize=1024)
def read_available(text: str) -> bool | None:
    """Read an availability word or a stock quantity; None where it says nothing."""
    word = text.strip().casefold().rpartition("/")[2]
    words = _NAME.sub(" ", word).strip()
    if words in _YES:
        return True
    if words in _NO or words in _LATER:
        return False
    try:
        quantity = float(word)
    except ValueError:
        return None
    return quantity > 0 if math.isfinite(quantity) else None
