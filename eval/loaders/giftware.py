"""Online Retail (UCI): names of gifts, and dated baskets. The shop knows no product types.

The type is made from the name: its last word that says what the thing is, not how it looks.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from goeswith.engine.model import Product
from goeswith.eval.loaders.rows import read_rows

FILES = ("products.csv", "baskets.tsv.gz")
ORIGIN = "It is made from archive.ics.uci.edu/dataset/352 (Online Retail)."

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_SHORTEST = 3


def load_gifts(folder: Path, looks: Collection[str]) -> list[Product]:
    """Return the products that have a name, with types made from it.

    Args:
        folder: holds the files.
        looks: words that say how a thing looks or how many there are, never what it is.

    Raises:
        EvalError: the file is absent or lacks a column.
    """
    return [
        Product(row["idx"], name.capitalize(), product_type=(kind,) if kind else ())
        for row in read_rows(folder / FILES[0], ("idx", "name"))
        if (name := " ".join(row["name"].split()))
        for kind in (kind_of(name, looks),)
    ]


def load_lines(folder: Path) -> list[tuple[str, str, str]]:
    """Return (basket, SKU, day) of everything bought, in the order of the file.

    Raises:
        EvalError: the file is absent or lacks a column.
    """
    rows = read_rows(folder / FILES[1], ("invoice", "date", "items"), "\t")
    return [(row["invoice"], sku, row["date"]) for row in rows for sku in row["items"].split()]


def kind_of(name: str, looks: Collection[str]) -> str:
    """Return the word that says what a thing is: "Holder" of "WHITE HEART T-LIGHT HOLDER"."""
    words = [word.casefold().strip("'-") for word in _WORD.findall(name.partition(",")[0])]
    for word in reversed(words):
        single = _singular(word)
        if len(single) >= _SHORTEST and not {word, single} & set(looks):
            return single.capitalize()
    return ""


def _singular(word: str) -> str:
    if word.endswith(("ss", "us", "is")) or len(word) <= _SHORTEST:
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("xes", "shes", "ches", "sses")):
        return word[:-2]
    return word.removesuffix("s")
