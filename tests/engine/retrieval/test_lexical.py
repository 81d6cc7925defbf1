from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goeswith.engine.retrieval.fastbm25 import FastBM25
from goeswith.engine.retrieval.lexical import RankBM25, best
from goeswith.engine.retrieval.store import Folder

WORD = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"])
DOCUMENTS = st.lists(st.lists(WORD, max_size=6), min_size=1, max_size=30)
QUERY = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h", "unknown"]), max_size=5)


def assert_same_ranking(
    fast: tuple[np.ndarray, np.ndarray], slow: tuple[np.ndarray, np.ndarray]
) -> None:
    """Scores agree place by place; documents agree where scores are not within float rounding."""
    assert len(fast[0]) == len(slow[0])
    np.testing.assert_allclose(fast[1], slow[1], rtol=1e-4, atol=1e-5)
    gap = 1e-4
    for place in range(len(fast[0])):
        near = np.abs(slow[1] - fast[1][place]) < gap
        if near[-1:].any():
            continue
        assert set(fast[0][near]) == set(slow[0][near])


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, QUERY, st.integers(1, 12))
def test_ranks_as_the_oracle(documents: list[list[str]], query: list[str], k: int) -> None:
    assert_same_ranking(
        FastBM25.build(documents).search(query, k), RankBM25(documents).search(query, k)
    )


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, QUERY, st.integers(1, 12), st.randoms(use_true_random=False))
def test_masked_ranks_as_the_oracle(
    documents: list[list[str]], query: list[str], k: int, random: object
) -> None:
    mask = np.array([random.random() < 0.5 for _ in documents])  # type: ignore[attr-defined]
    rows, scores = FastBM25.build(documents).search(query, k, mask)
    assert mask[rows].all()
    assert_same_ranking((rows, scores), RankBM25(documents).search(query, k, mask))


def zipf_documents(count: int, seed: int = 3) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    words = np.minimum(rng.zipf(1.3, size=(count, 7)), 400)
    return [[f"w{n}" for n in row] for row in words]


@pytest.mark.parametrize("k", [1, 10, 50])
def test_skipping_postings_loses_nothing(k: int) -> None:
    documents = zipf_documents(3000)
    fast, slow = FastBM25.build(documents), RankBM25(documents)
    rng = np.random.default_rng(4)
    for _ in range(40):
        query = list(rng.choice(documents[rng.integers(3000)], 3))
        assert_same_ranking(fast.search(query, k), slow.search(query, k))


def test_a_search_leaves_no_trace_in_the_next() -> None:
    documents = zipf_documents(500)
    index = FastBM25.build(documents)
    first = index.search(["w1", "w9"], 20)
    index.search(["w2", "w3"], 20, np.zeros(500, np.bool_))
    again = index.search(["w1", "w9"], 20)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


def test_saved_index_finds_the_same(tmp_path: Path) -> None:
    documents = zipf_documents(500)
    index = FastBM25.build(documents)
    index.save(Folder(tmp_path), "x")
    opened = FastBM25.open(Folder(tmp_path), "x")
    for query in (["w1"], ["w5", "w17"], ["nowhere"]):
        for mine, theirs in zip(index.search(query, 9), opened.search(query, 9), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_holding_all() -> None:
    index = FastBM25.build([["a", "b"], ["a"], ["b", "a", "c"]])
    assert index.holding_all(["a", "b"], 10).tolist() == [0, 2]
    assert index.holding_all(["a", "zz"], 10).tolist() == []
    assert index.holding_all([], 10).tolist() == []


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(0, 31))
def test_best_breaks_ties_by_row(values: list[int], k: int) -> None:
    rows = np.arange(len(values), dtype=np.int32)[::-1]
    scores = np.array(values, np.float32)
    expected = sorted(zip(rows.tolist(), values, strict=True), key=lambda e: (-e[1], e[0]))[:k]
    assert best(rows, scores, k)[0].tolist() == [row for row, _ in expected]


def test_empty_index_answers_nothing() -> None:
    assert len(FastBM25.build([]).search(["a"], 3)[0]) == 0
    assert len(FastBM25.build([[], []]).search(["a"], 3)[0]) == 0
