"""Product words replaced by made-up ones, the same word always by the same symbol.

Words of one or two letters (units), figures and the words that only join others are kept, and so is
the plural: what is lost is what the words mean, not how names are built.
"""

from __future__ import annotations

import hashlib
import re

from goeswith.engine.model import Product

_WORD = re.compile(r"[A-Za-z]{3,}")
_JOINING = frozenset(
    ["and", "for", "from", "not", "the", "with", "without", "per", "all", "other", "misc"]
)
_STARTS = ("b", "br", "d", "dr", "f", "g", "gr", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")
_MIDDLES = ("a", "e", "i", "o", "u")
_ENDS = ("", "k", "l", "m", "n", "r", "t", "x")
_SYLLABLES = 3


class Symbols:
    """A one-to-one table of words and symbols that fills as words come. `seed` picks the table."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._symbols: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Return a text with symbols in the places of its words, in their case."""
        return _WORD.sub(lambda match: self._word(match[0]), text)

    def product(self, product: Product) -> Product:
        """Return a product of symbols under the same SKU."""
        return Product(
            sku=product.sku,
            title=self.text(product.title),
            brand=self.text(product.brand),
            product_type=self.path(product.product_type),
            attributes={name: self.text(value) for name, value in product.attributes.items()},
            item_group=product.item_group,
        )

    def path(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Return a type of symbols."""
        return tuple(self.text(level) for level in path)

    def item(self, item: str) -> str:
        """Return the name of a type ("A > B") in symbols."""
        return " > ".join(self.path(tuple(item.split(" > "))))

    def _word(self, word: str) -> str:
        low = word.casefold()
        if low in _JOINING:
            return word
        stem, end = _parted(low)
        symbol = self._symbol(stem) + end
        if word.isupper():
            return symbol.upper()
        return symbol.capitalize() if word[0].isupper() else symbol

    def _symbol(self, stem: str) -> str:
        attempt = 0
        while stem not in self._symbols:
            made = _made(f"{self._seed}/{attempt}/{stem}")
            if self._taken.setdefault(made, stem) == stem:
                self._symbols[stem] = made
            attempt += 1
        return self._symbols[stem]


def _parted(word: str) -> tuple[str, str]:
    """Return a word's stem and its plural ending."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y", "s"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1], "s"
    return word, ""


def _made(text: str) -> str:
    digest = hashlib.blake2b(text.encode(), digest_size=3 * _SYLLABLES).digest()
    return "".join(
        _STARTS[a % len(_STARTS)] + _MIDDLES[b % len(_MIDDLES)] + _ENDS[c % len(_ENDS)]
        for a, b, c in zip(digest[::3], digest[1::3], digest[2::3], strict=True)
    )
