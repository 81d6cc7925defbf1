from __future__ import annotations

import pytest

from goeswith.engine.model import Product
from goeswith.eval import symbols as module
from goeswith.eval.symbols import Symbols


def test_a_word_has_one_symbol_and_keeps_its_form() -> None:
    symbols = Symbols(1)
    bun = symbols.text("bun")
    assert bun not in {"bun", ""}
    assert symbols.text("Hot dog buns, 8 oz and BUN") == (
        f"{symbols.text('Hot')} {symbols.text('dog')} {bun}s, 8 oz and {bun.upper()}"
    )


def test_different_words_have_different_symbols() -> None:
    symbols = Symbols(1)
    letters = "abcdefghij"
    words = [f"{a}{b}{c}{d}" for a in letters for b in letters for c in letters for d in letters]
    assert len({symbols.text(word) for word in words}) == len(words)


def test_the_seed_picks_the_table() -> None:
    assert Symbols(1).text("milk") == Symbols(1).text("milk") != Symbols(2).text("milk")


def test_a_product_keeps_its_sku_and_its_figures() -> None:
    symbols = Symbols(1)
    product = Product("S1", "Acme milk 2 l", "Acme", ("Dairy", "Milk"), {"fat": "low 1.5"})
    made = symbols.product(product)
    assert made.sku == "S1"
    assert made.title.endswith(" 2 l")
    assert made.title.startswith(made.brand)
    assert made.attributes["fat"].endswith(" 1.5")
    assert symbols.item("Dairy > Milk") == " > ".join(made.product_type)
    assert {"milk", "dairy"}.isdisjoint(" ".join(made.product_type).lower().split())


def test_a_symbol_that_is_taken_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_made", lambda text: f"{text.split('/')[1]}b")
    symbols = Symbols(1)
    assert [symbols.text(word) for word in ("milk", "bread", "milk")] == ["0b", "1b", "0b"]
