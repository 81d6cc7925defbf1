"""Constraints as a boolean mask over rows. A value that is unknown never satisfies a constraint."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.model import Constraints
from goeswith.engine.retrieval.corpus import Corpus
from goeswith.engine.retrieval.fastbm25 import FastBM25
from goeswith.engine.retrieval.keys import KeyIndex
from goeswith.engine.retrieval.lexical import Mask
from goeswith.engine.retrieval.text import fold, terms

_CACHED = 64


def attribute_keys(corpus: Corpus) -> Iterator[tuple[str, int]]:
    """Yield (key, row) for every attribute value of every product."""
    for row in range(len(corpus.texts)):
        for name, values in corpus.attributes(row).items():
            for value in values.split("|"):
                yield _attribute_key(name, value), row


def _attribute_key(name: str, value: str) -> str:
    return f"{_plain(name)}\x1f{_plain(value)}"


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


class Filters:
    """Compiles constraints to masks and keeps the last ones. Masks are read-only."""

    def __init__(
        self,
        corpus: Corpus,
        attributes: KeyIndex,
        texts: FastBM25,
        types: FastBM25,
        text_of: NDArray[np.int32],
    ) -> None:
        self._corpus = corpus
        self._attributes = attributes
        self._texts = texts
        self._types = types
        self._text_of = text_of
        self._brands: list[str] | None = None
        self._known: OrderedDict[tuple[Constraints, tuple[int, ...] | None], Mask] = OrderedDict()
        self._lock = Lock()

    def mask(
        self, constraints: Constraints, type_ids: tuple[int, ...] | None = None
    ) -> Mask | None:
        """Return one flag per row, or None when everything passes.

        Rows of an unknown price fail a price bound, of an unknown brand a brand. An attribute is
        satisfied by its value or by a title or type that holds the value's words ("gluten free").
        A price that is NaN as a bound passes nothing.
        """
        if constraints.empty and type_ids is None:
            return None
        key = (constraints, type_ids)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        mask = self._compile(constraints, type_ids)
        mask.setflags(write=False)
        with self._lock:
            self._known[key] = mask
            while len(self._known) > _CACHED:
                self._known.popitem(last=False)
        return mask

    def _compile(self, wanted: Constraints, type_ids: tuple[int, ...] | None) -> Mask:
        corpus = self._corpus
        mask = np.ones(len(self._text_of), np.bool_)
        if type_ids is not None:
            mask &= self._of_types(np.array(type_ids, np.int64))
        # A comparison with NaN is False, which is the wanted answer for an unknown price.
        if wanted.price_min is not None:
            mask &= corpus.price >= wanted.price_min
        if wanted.price_max is not None:
            mask &= corpus.price <= wanted.price_max
        if wanted.brands:
            mask &= self._of_brands(wanted.brands)
        if wanted.not_brands:
            mask &= ~self._of_brands(wanted.not_brands)
            for brand in wanted.not_brands:
                mask &= ~self._holding(brand)
        for name, value in wanted.attributes:
            has = self._holding(value)
            has[self._attributes.rows(_attribute_key(name, value))] = True
            mask &= has
        for word in wanted.not_words:
            mask &= ~self._holding(word)
        return mask

    def _of_types(self, type_ids: NDArray[np.int64]) -> Mask:
        chosen = np.zeros(len(self._corpus.types) + 1, np.bool_)
        chosen[type_ids[(type_ids >= 0) & (type_ids < len(self._corpus.types))]] = True
        return np.asarray(chosen[self._corpus.type_of])

    def _of_brands(self, names: tuple[str, ...]) -> Mask:
        if self._brands is None:
            self._brands = [_plain(b) for b in self._corpus.brands]
        wanted = {_plain(n) for n in names}
        chosen = np.array([b in wanted for b in self._brands] + [False], np.bool_)
        return np.asarray(chosen[self._corpus.brand_of])

    def _holding(self, phrase: str) -> Mask:
        """Say which rows hold every word of the phrase in their text or in their type's name."""
        words = terms(phrase)
        texts = np.zeros(self._texts.documents + 1, np.bool_)
        texts[self._texts.holding_all(words, self._texts.documents)] = True
        types = np.zeros(self._types.documents + 1, np.bool_)
        types[self._types.holding_all(words, self._types.documents)] = True
        return np.asarray(texts[self._text_of] | types[self._corpus.type_of])
