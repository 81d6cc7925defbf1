"""Products named exactly: by SKU, by title, or by a model number with all other words present."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.retrieval.corpus import Corpus
from goeswith.engine.retrieval.fastbm25 import FastBM25
from goeswith.engine.retrieval.keys import KeyIndex
from goeswith.engine.retrieval.text import content_terms, fold, is_model_number, terms

NEAR_TITLE = 0.8
"""Share of words that phrase and title must have in common for a near-exact title."""
_FITS = frozenset({"for", "fits", "fit", "compatible", "with", "pour", "fur", "para", "replaces"})
_CANDIDATES = 200


def name_keys(corpus: Corpus) -> Iterator[tuple[str, int]]:
    """Yield (key, row) for every SKU and title."""
    skus = corpus.skus
    for row in range(len(corpus.texts)):
        yield _sku_key(skus[row]), row
        yield _title_key(terms(corpus.title(row))), row


def _sku_key(sku: str) -> str:
    return "sku\x1f" + fold(sku).strip()


def _title_key(words: list[str]) -> str:
    return "title\x1f" + " ".join(words)


class ExactNames:
    """Looks a phrase up as the name of particular products."""

    def __init__(
        self,
        corpus: Corpus,
        names: KeyIndex,
        texts: FastBM25,
        text_starts: NDArray[np.int64],
        text_rows: NDArray[np.int32],
    ) -> None:
        self._corpus = corpus
        self._names = names
        self._texts = texts
        self._text_starts = text_starts
        self._text_rows = text_rows

    def find(self, phrase: str) -> NDArray[np.int32]:
        """Return the rows the phrase names, the surest first; empty if it names none.

        A product that only says it is *for* the named one ("battery for Canon EOS R10") does not
        count while the named one exists.
        """
        words = content_terms(phrase)
        if not words:
            return np.zeros(0, np.int32)
        for key in (_sku_key(phrase), _title_key(terms(phrase))):
            rows = self._names.rows(key)
            if len(rows):
                return rows
        return self._by_model_number(words)

    def near_title(self, phrase: str, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return those of the rows whose title shares nearly all words with the phrase."""
        words = set(content_terms(phrase))
        if len(words) < 3:
            return rows[:0]
        keep = []
        for row in rows.tolist():
            title = set(content_terms(self._corpus.title(row)))
            keep.append(len(words & title) >= NEAR_TITLE * len(words | title))
        return rows[np.array(keep, np.bool_)]

    def _by_model_number(self, words: list[str]) -> NDArray[np.int32]:
        # A hyphenated number stands in the query twice, with and without its hyphen.
        models = [w for w in words if is_model_number(w) and self._texts.frequency(w)]
        if not models:
            return np.zeros(0, np.int32)
        texts = self._texts.holding_all(words, _CANDIDATES)
        ranked = []
        for text in texts.tolist():
            for row in self._text_rows[
                self._text_starts[text] : self._text_starts[text + 1]
            ].tolist():
                ranked.append((*self._rank(row, words, models), row))
        ranked.sort()
        if ranked and not ranked[0][0]:
            ranked = [entry for entry in ranked if not entry[0]]
        return np.array([entry[-1] for entry in ranked], np.int32)

    def _rank(self, row: int, words: list[str], models: list[str]) -> tuple[bool, int, int]:
        """Return (only for the named product, place of the model number, length of the title)."""
        title = terms(self._corpus.title(row))
        places = [title.index(m) for m in models if m in title]
        if not places:
            return True, len(title), len(title)
        before = title[: min(places)]
        return any(w in _FITS for w in before if w not in words), min(places), len(title)
