"""Write the retrieval index of a corpus to an empty folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.errors import CatalogError
from goeswith.engine.retrieval.corpus import Corpus
from goeswith.engine.retrieval.dense import DenseIndex
from goeswith.engine.retrieval.embed import Embedder, embed_all
from goeswith.engine.retrieval.exact import name_keys
from goeswith.engine.retrieval.fastbm25 import FastBM25
from goeswith.engine.retrieval.filters import attribute_keys
from goeswith.engine.retrieval.hits import RetrievalReport
from goeswith.engine.retrieval.keys import KeyIndex
from goeswith.engine.retrieval.store import SCHEMA, Folder, Manifest
from goeswith.engine.retrieval.text import terms
from goeswith.engine.retrieval.typesearch import build_types

Progress = Callable[[str, int, int], None]
"""Called as progress(stage, done, total)."""
_SAMPLE = 256


def _silent(_stage: str, _done: int, _total: int) -> None:
    return None


def build_retrieval(
    corpus: Corpus,
    out: Path,
    embedder: Embedder,
    progress: Progress = _silent,
    clock: Callable[[], float] = time.perf_counter,
) -> RetrievalReport:
    """Index a corpus into the empty or missing folder `out`.

    Equal texts are embedded and indexed once. The same corpus and embedder give the same bytes.
    The manifest is written last, so a build that was stopped is never taken for an index.
    Raises CatalogError for an empty corpus and HomeWriteError for a folder that cannot be used.
    """
    rows = len(corpus.texts)
    if not rows:
        raise CatalogError(
            "There is no product to index: check the catalog file and its field map."
        )
    folder = Folder(out)
    folder.create()
    seconds: dict[str, float] = {}

    def stage(name: str, began: float) -> float:
        now = clock()
        seconds[name] = now - began
        return now

    at = clock()
    distinct, text_of = distinct_texts(corpus)
    folder.put("text_of", text_of)
    order = np.argsort(text_of, kind="stable").astype(np.int32)
    folder.put("text_rows", order)
    folder.put("text_starts", np.searchsorted(text_of[order], np.arange(len(distinct) + 1)))
    tokens = [terms(text) for text in distinct]
    lexical = FastBM25.build(tokens)
    lexical.save(folder, "texts")
    at = stage("lexical", at)
    KeyIndex.build(attribute_keys(corpus)).save(folder, "attributes")
    KeyIndex.build(name_keys(corpus)).save(folder, "names")
    at = stage("keys", at)
    vectors = embed_all(embedder, distinct, lambda done, total: progress("embed", done, total))
    at = stage("embed", at)
    sample = embedder.encode(_sample_queries(tokens))
    dense = DenseIndex.build(folder, vectors, sample)
    at = stage("dense", at)
    types = build_types(
        folder, corpus, embedder, lambda done, total: progress("types", done, total)
    )
    stage("types", at)
    manifest = folder.seal(
        Manifest(
            schema=SCHEMA,
            embedder=embedder.name,
            dim=embedder.dim,
            rows=rows,
            distinct_texts=len(distinct),
            types=types,
            dense=dense.kind,
            nprobe=dense.nprobe,
            recall_at_10=dense.recall_at_10,
            files={},
        )
    )
    return RetrievalReport(
        rows=rows,
        distinct_texts=len(distinct),
        types=types,
        terms=lexical.terms,
        embedder=embedder.name,
        dim=embedder.dim,
        dense=dense.kind,
        recall_at_10=dense.recall_at_10,
        seconds=seconds,
        disk_bytes=sum(manifest.files.values()),
    )


def distinct_texts(corpus: Corpus) -> tuple[list[str], NDArray[np.int32]]:
    """Return the distinct texts in order of first appearance, and the text's number by row."""
    numbers: dict[str, int] = {}
    text_of = np.fromiter(
        (numbers.setdefault(text, len(numbers)) for text in corpus.texts),
        np.int32,
        len(corpus.texts),
    )
    return list(numbers), text_of


def _sample_queries(tokens: list[list[str]]) -> list[str]:
    """Return phrases of up to four neighbouring words from texts across the corpus.

    Numbers and units are left out, and phrases are not shorter, because to a query that names no
    thing ("12 oz", "large red") every product is about equally near.
    """
    step = max(1, len(tokens) // _SAMPLE)
    phrases = []
    for number, text in enumerate(tokens[::step][:_SAMPLE]):
        words = [t for t in text if len(t) > 2 and t.isalpha()] or text
        start = number % max(1, len(words) - 3)
        phrases.append(" ".join(words[start : start + 4]))
    return [p for p in phrases if p] or [""]
