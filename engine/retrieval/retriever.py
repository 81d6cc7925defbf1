"""Find products and product types for a phrase under constraints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.errors import HomeDamagedError, HomeSchemaError
from goeswith.engine.model import Constraints
from goeswith.engine.retrieval.corpus import Corpus
from goeswith.engine.retrieval.dense import DenseIndex
from goeswith.engine.retrieval.embed import Embedder, QueryEmbedder
from goeswith.engine.retrieval.exact import ExactNames
from goeswith.engine.retrieval.fastbm25 import FastBM25, distinct
from goeswith.engine.retrieval.filters import Filters
from goeswith.engine.retrieval.fusion import fuse, vote
from goeswith.engine.retrieval.hits import AnchorHits, Hits, TypeHits, empty_hits
from goeswith.engine.retrieval.keys import KeyIndex
from goeswith.engine.retrieval.lexical import LexicalIndex, Mask, RankBM25, best
from goeswith.engine.retrieval.store import Folder
from goeswith.engine.retrieval.text import content_terms, terms
from goeswith.engine.retrieval.typesearch import Scored, TypeSearch, floor_of, log_share

SMALL_POOL = 2_000
"""Distinct texts up to which plain rank-bm25 serves."""

ROW_POPULARITY = 0.1
"""How much of its score the least bought product loses."""
_LEAST_POOL = 64
_VOTERS = 24
_ANY = Constraints()


class Retriever:
    """Searches one index folder. Opens as memory maps and may be shared between threads.

    `text_of` is the number of a row's searched text; rows of one number have one title.
    """

    def __init__(
        self,
        folder: Folder,
        corpus: Corpus,
        embedder: Embedder,
        popularity: NDArray[np.int64] | None,
        type_popularity: NDArray[np.int64] | None,
    ) -> None:
        manifest = folder.manifest()
        if (manifest.embedder, manifest.dim) != (embedder.name, embedder.dim):
            raise HomeSchemaError(
                f"The index in {folder.path} was built with the embedder {manifest.embedder}, and "
                f"{embedder.name} is set: set it back or run goeswith index again."
            )
        if (manifest.rows, manifest.types) != (len(corpus.texts), len(corpus.types)):
            raise HomeDamagedError(
                f"The index in {folder.path} does not belong to this catalog: it has "
                f"{manifest.rows} products and {manifest.types} types, the catalog "
                f"{len(corpus.texts)} and {len(corpus.types)}. Run goeswith index again."
            )
        self._corpus = corpus
        self._embed = QueryEmbedder(embedder)
        self._text_of = folder.get("text_of", np.int32)
        self.text_of = np.asarray(self._text_of).data
        self._text_rows = folder.get("text_rows", np.int32)
        self._text_starts = folder.get("text_starts", np.int64)
        self._texts = FastBM25.open(folder, "texts")
        self._lexical = self._lexical_index()
        self._dense = DenseIndex(folder, manifest.dense, manifest.nprobe)
        self._floor = floor_of(embedder.name)
        self._types = TypeSearch(folder, corpus.types, self._embed, self._floor, type_popularity)
        self._exact = ExactNames(
            corpus,
            KeyIndex.open(folder, "names"),
            self._texts,
            self._text_starts,
            self._text_rows,
        )
        self._filters = Filters(
            corpus,
            KeyIndex.open(folder, "attributes"),
            self._texts,
            self._types.paths,
            self._text_of,
        )
        self._popularity = popularity
        self._prior = log_share(popularity, manifest.rows, ROW_POPULARITY)
        self._by_type: tuple[NDArray[np.int32], NDArray[np.int64]] | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        corpus: Corpus,
        embedder: Embedder,
        popularity: NDArray[np.int64] | None = None,
        type_popularity: NDArray[np.int64] | None = None,
    ) -> Retriever:
        """Open a folder that `build_retrieval` wrote for this corpus with this embedder.

        `popularity` counts purchases by row, `type_popularity` by type id. Raises
        HomeMissingError, HomeSchemaError (other version or embedder) or HomeDamagedError
        (files do not fit).
        """
        return cls(Folder(folder), corpus, embedder, popularity, type_popularity)

    def products(
        self,
        phrase: str,
        k: int,
        *,
        constraints: Constraints = _ANY,
        type_ids: Sequence[int] | None = None,
    ) -> Hits:
        """Return up to k products that satisfy the constraints and have one of the types.

        A phrase that says "nappies" is searched as "diapers" where the catalog says so. The score
        is half cosine, half BM25 as a share of the query's weight, times a small popularity
        factor. Ties go to the lower row.
        """
        wanted = None if type_ids is None else tuple(sorted(set(type_ids)))
        mask = self._filters.mask(constraints, wanted)
        return self._search(self._types.wording(phrase), k, mask)

    def vector(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a text, read-only, shape (dim,). The last ones are kept."""
        return self._embed(text)

    def variants(self, phrase: str) -> list[str]:
        """Return the phrase in other names for the same thing that may be meant in this catalog."""
        return self._types.variants(phrase)

    def frequency(self, term: str) -> int:
        """Return how many texts and kinds of the catalog hold a term."""
        return self._texts.frequency(term) + self._types.paths.frequency(term)

    def names_types(self, *words: str) -> bool:
        """Tell whether the name of some kind holds all of the terms."""
        return len(self._types.paths.holding_all(words, 1)) > 0

    def types_near(self, phrase: str) -> list[int]:
        """Return the kinds that a phrase means, whatever the words are, by id."""
        cosines = self._types.score(phrase).cosine
        return np.flatnonzero(cosines >= self._floor.cosine_alone).tolist()

    def is_near(self, phrase: str) -> bool:
        """Tell whether a phrase means some kind of the catalog, whatever the words are."""
        return bool(self.types_near(phrase))

    def wording(self, phrase: str) -> str:
        """Return the phrase, or the other name for the same thing that this catalog uses."""
        return self._types.wording(phrase)

    @cached_property
    def has_prices(self) -> bool:
        """Whether the price of any product is known."""
        return bool(np.isfinite(self._corpus.price).any())

    def types(self, phrase: str, k: int) -> TypeHits:
        """Return the k best product types for a phrase, with the signals behind each."""
        return self._types.search(phrase, k)

    def anchors(self, phrase: str, k: int) -> AnchorHits:
        """Return what a phrase is about: types, and the products it names if it names any.

        The types of the best products vote, so that "Canon EOS R10" finds cameras. Products
        named by SKU, title or model number outvote everything else.
        """
        scored = self._types.score(phrase)
        hits = self._search(scored.wording, max(k, _VOTERS), None)
        named = self._exact.find(phrase)
        if not len(named):
            named = self._exact.near_title(phrase, hits.rows[:_VOTERS])
        exact = len(named) > 0
        if exact:
            chosen = named[:k]
            hits = Hits(chosen, np.ones(len(chosen), np.float32))
        votes = vote(
            self._corpus.type_of[hits.rows[:_VOTERS]], hits.scores[:_VOTERS], len(scored.score)
        )
        merged = Scored(
            np.maximum(votes, scored.score * 0.5)
            if exact
            else np.clip(0.75 * scored.score + 0.25 * votes, 0, 1),
            scored.cosine,
            scored.coverage,
            scored.wording,
        )
        types = self._types.hits(merged, k)
        if exact:
            types = TypeHits(types.type_ids, types.scores, types.cosine, types.coverage, True)
        return AnchorHits(types, hits if exact else empty_hits(), exact)

    def rows_of_type(
        self, type_id: int, k: int, constraints: Constraints = _ANY
    ) -> NDArray[np.int32]:
        """Return up to k rows of a type that satisfy the constraints, most bought first."""
        if not 0 <= type_id < len(self._corpus.types):
            return np.zeros(0, np.int32)
        order, starts = self._rows_by_type()
        rows = order[starts[type_id] : starts[type_id + 1]]
        mask = self._filters.mask(constraints)
        if mask is not None:
            rows = rows[mask[rows]]
        return rows[: max(k, 0)]

    def embed(self, text: str) -> NDArray[np.float32]:
        """Return the read-only unit vector of a text, shape (dim,)."""
        return self._embed(text)

    @property
    def type_vectors(self) -> NDArray[np.float32]:
        """Unit vectors of the types' names, shape (types, dim), read-only."""
        return self._types.vectors

    def type_similarity(self, a: int, b: int) -> float:
        """Return the cosine of two types' names."""
        return float(self._types.vectors[a] @ self._types.vectors[b])

    def _lexical_index(self) -> LexicalIndex:
        """Return plain rank-bm25 for a small catalog, the stored postings for a larger one.

        Both rank alike; the plain one needs no file and is quick to build for a few texts.
        """
        if self._texts.documents > SMALL_POOL:
            return self._texts
        firsts = self._text_rows[self._text_starts[:-1]].tolist()
        return RankBM25([terms(self._corpus.texts[row]) for row in firsts])

    def _search(self, phrase: str, k: int, mask: Mask | None) -> Hits:
        if k <= 0:
            return empty_hits()
        text_mask = None if mask is None else self._mask_of_texts(mask)
        if text_mask is not None and not text_mask.any():
            return empty_hits()
        words = content_terms(phrase)
        vector = self._embed(phrase.lower())
        pool = max(2 * k, _LEAST_POOL)
        lexical, _ = self._lexical.search(words, pool, text_mask)
        dense = self._dense.near(vector, pool, text_mask)
        texts = distinct([lexical, dense])
        ideal = sum(self._texts.rarity(word) for word in words)
        scores = fuse(self._texts.score(words, texts), ideal, self._dense.cosines(vector, texts))
        rows, of = self._expand(texts)
        if mask is not None:
            keep = mask[rows]
            rows, of = rows[keep], of[keep]
        return Hits(*best(rows, scores[of] * self._prior[rows], k))

    def _mask_of_texts(self, mask: Mask) -> Mask:
        texts = np.zeros(len(self._text_starts) - 1, np.bool_)
        texts[self._text_of[mask]] = True
        return texts

    def _expand(self, texts: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return every row of the texts, and for each the position of its text."""
        starts = self._text_starts[texts]
        counts = self._text_starts[texts + 1] - starts
        if int(counts.max(initial=1)) == 1:
            return self._text_rows[starts], np.arange(len(texts))
        of = np.repeat(np.arange(len(texts)), counts)
        ends = np.cumsum(counts)
        at = np.arange(len(of)) - np.repeat(ends - counts, counts) + np.repeat(starts, counts)
        return self._text_rows[at], of

    def _rows_by_type(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        if self._by_type is None:
            types = np.asarray(self._corpus.type_of)
            rows = np.arange(len(types), dtype=np.int32)
            counts = (
                np.zeros(len(types), np.int64) if self._popularity is None else self._popularity
            )
            order = np.lexsort((rows, -counts, types)).astype(np.int32)
            starts = np.searchsorted(types[order], np.arange(len(self._corpus.types) + 1))
            self._by_type = (order, starts)
        return self._by_type
