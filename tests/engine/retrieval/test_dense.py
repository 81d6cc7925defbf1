from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from goeswith.engine.errors import HomeDamagedError
from goeswith.engine.retrieval.dense import EXACT_LIMIT, FLAT_LIMIT, DenseIndex
from goeswith.engine.retrieval.embed import normalise
from goeswith.engine.retrieval.store import Folder


def clustered(count: int, seed: int, dim: int = 32) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(60, dim))
    noise = rng.normal(size=(count, dim)) * 0.6
    return normalise((centres[rng.integers(60, size=count)] + noise).astype(np.float32))


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return clustered(FLAT_LIMIT + 2000, 1)


@pytest.fixture(scope="module")
def index(vectors: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    folder = Folder(tmp_path_factory.mktemp("dense"))
    report = DenseIndex.build(folder, vectors, clustered(128, 2))
    assert report.kind == "ivf_sq8"
    assert report.recall_at_10 >= 0.98
    return DenseIndex(folder, report.kind, report.nprobe)


def recall(index: DenseIndex, vectors: np.ndarray, mask: np.ndarray | None) -> float:
    allowed = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
    shares = []
    for query in clustered(60, 3):
        exact = allowed[np.argsort(-(vectors[allowed] @ query))[:10]]
        rows, scores = index.search(query, 10, mask)
        assert (np.diff(scores) <= 0).all()
        assert mask is None or mask[rows].all()
        shares.append(len(set(rows.tolist()) & set(exact.tolist())) / 10)
    return float(np.mean(shares))


@pytest.mark.parametrize("share", [None, 0.9, 0.3, 0.02])
def test_recall_with_and_without_a_filter(
    index: DenseIndex, vectors: np.ndarray, share: float | None
) -> None:
    mask = None if share is None else np.random.default_rng(5).random(len(vectors)) < share
    assert recall(index, vectors, mask) >= 0.96


def test_few_passing_vectors_are_all_returned(index: DenseIndex, vectors: np.ndarray) -> None:
    mask = np.zeros(len(vectors), np.bool_)
    mask[[7, 99]] = True
    assert sorted(index.search(vectors[0], EXACT_LIMIT, mask)[0].tolist()) == [7, 99]
    assert len(index.search(vectors[0], 5, np.zeros(len(vectors), np.bool_))[0]) == 0


def test_small_sets_are_exact(tmp_path: Path) -> None:
    vectors = clustered(300, 8)
    report = DenseIndex.build(Folder(tmp_path), vectors, vectors[:5])
    assert (report.kind, report.recall_at_10) == ("flat", 1.0)
    index = DenseIndex(Folder(tmp_path), report.kind, report.nprobe)
    assert index.search(vectors[17], 1)[0].tolist() == [17]


def test_damaged_lists_are_reported(vectors: np.ndarray, tmp_path: Path) -> None:
    report = DenseIndex.build(Folder(tmp_path), vectors, vectors[:20])
    (tmp_path / "dense.faiss").write_bytes(b"IwSqnothing of use")
    index = DenseIndex(Folder(tmp_path), report.kind, report.nprobe)
    with pytest.raises(HomeDamagedError, match="goeswith index"):
        index.search(vectors[0], 5)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_near_is_a_search_without_the_order(
    share: float, index: DenseIndex, vectors: np.ndarray
) -> None:
    chosen = np.random.default_rng(5).random(len(vectors)) < share
    mask = None if share == 1.0 else chosen
    for query in clustered(20, 4):
        rows, _ = index.search(query, 64, mask)
        assert set(index.near(query, 64, mask).tolist()) == set(rows.tolist())
