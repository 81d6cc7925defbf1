"""Nearest vectors by cosine: flat for small sets, inverted lists with 8-bit codes above."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.errors import HomeDamagedError, HomeWriteError
from goeswith.engine.retrieval.lexical import Found, Mask, best
from goeswith.engine.retrieval.store import Folder

FLAT_LIMIT = 4_000
"""Up to this many vectors a flat scan is used."""
EXACT_LIMIT = 1_024
"""A filter that leaves at most this many vectors is searched exactly."""
RECALL = 0.98
"""Recall@10 against exact search on the sample that `nprobe` is tuned to."""
_TRAIN_PER_LIST = 39
_MOST_LISTS = 2048
_LISTS_PER_ROOT = 2
"""Lists as a multiple of the root of the vectors. Four answers no faster, and builds far slower."""
_LEAST_POOL = 32
"""At least this many are fetched by their 8-bit codes and ranked again by the 16-bit vectors."""
_FILE = "dense.faiss"


@dataclass(frozen=True)
class DenseReport:
    """Kind of index ("flat" or "ivf_sq8"), lists probed, and recall@10 on the sample."""

    kind: str
    nprobe: int
    recall_at_10: float


class DenseIndex:
    """Unit vectors, searched by inner product. faiss is loaded at the first search."""

    def __init__(self, folder: Folder, kind: str, nprobe: int) -> None:
        self._vectors = folder.get("vectors", np.int16)
        self._scale = float(folder.get("vectors.scale", np.float32)[0])
        self._path = folder.path / _FILE
        self._kind = kind
        self._nprobe = nprobe
        self._index: _Lists | None = None
        self._unmasked: object = None

    @staticmethod
    def build(
        folder: Folder, vectors: NDArray[np.float32], queries: NDArray[np.float32]
    ) -> DenseReport:
        """Write the vectors (16-bit, one scale) and, above `FLAT_LIMIT`, an index over them.

        `queries` are sample queries of the kind that will be asked; `nprobe` is raised until
        recall@10 on them reaches `RECALL`. One thread and a fixed seed, so the same vectors give
        the same index.
        """
        faiss = _faiss()
        # Integers convert to float32 much faster than half floats, and are more exact here.
        scale = max(float(np.abs(vectors).max(initial=0)), 1e-9) / 32767
        folder.put("vectors", np.rint(vectors / scale).astype(np.int16))
        folder.put("vectors.scale", np.array([scale], np.float32))
        if len(vectors) <= FLAT_LIMIT:
            return DenseReport("flat", 0, 1.0)
        faiss.omp_set_num_threads(1)
        count, dim = vectors.shape
        lists = int(min(_MOST_LISTS, _LISTS_PER_ROOT * np.sqrt(count)))
        quantizer = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFScalarQuantizer(
            quantizer, dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter = 6
        index.cp.max_points_per_centroid = _TRAIN_PER_LIST
        index.cp.min_points_per_centroid = 1
        index.by_residual = False
        index.train(vectors[:: max(1, count // (lists * _TRAIN_PER_LIST))])
        index.add(vectors)
        nprobe, recall = _tune(index, vectors, queries, lists)
        try:
            faiss.write_index(index, str(folder.path / _FILE))
        except RuntimeError as error:
            raise HomeWriteError(f"Cannot write {folder.path / _FILE}: {error}") from error
        return DenseReport("ivf_sq8", nprobe, recall)

    def search(self, query: NDArray[np.float32], k: int, mask: Mask | None = None) -> Found:
        """Return up to k (numbers, cosines) where `mask` is True, best first, ties by number."""
        if mask is not None:
            passing = np.flatnonzero(mask).astype(np.int32)
            if len(passing) <= EXACT_LIMIT or self._kind == "flat":
                return best(passing, self.cosines(query, passing), k)
        elif self._kind == "flat":
            rows = np.arange(len(self._vectors), dtype=np.int32)
            return best(rows, self.cosines(query, rows), k)
        found = self._in_lists(query, k, mask)
        return best(found, self.cosines(query, found), k)

    def near(
        self, query: NDArray[np.float32], k: int, mask: Mask | None = None
    ) -> NDArray[np.int32]:
        """Return the numbers that `search` gives, in any order, for a caller that scores them."""
        large = mask is None or np.count_nonzero(mask) > EXACT_LIMIT
        if large and self._kind != "flat":
            return self._in_lists(query, k, mask)
        return self.search(query, k, mask)[0]

    def cosines(self, query: NDArray[np.float32], rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the cosine of the query with each of the given vectors."""
        return np.asarray(self._vectors[rows].astype(np.float32) @ query * np.float32(self._scale))

    def _in_lists(self, query: NDArray[np.float32], k: int, mask: Mask | None) -> NDArray[np.int32]:
        """Return the numbers nearest by their 8-bit codes, at least `_LEAST_POOL` of them."""
        faiss, index = _faiss(), self._load()
        faiss.omp_set_num_threads(1)
        pool = min(max(k, _LEAST_POOL), len(self._vectors))
        if mask is None:
            parameters = self._unmasked
        else:
            share = max(np.count_nonzero(mask) / len(mask), 1e-6)
            bits = np.packbits(mask, bitorder="little")
            parameters = faiss.SearchParametersIVF(
                sel=faiss.IDSelectorBitmap(bits), nprobe=int(min(index.nlist, self._nprobe / share))
            )
        _, rows = index.search(query[None], pool, params=parameters)
        return np.asarray(rows[0][rows[0] >= 0].astype(np.int32))

    def _load(self) -> _Lists:
        if self._index is None:
            self._index = _read(self._path)
            if self._index.ntotal != len(self._vectors):
                raise HomeDamagedError(
                    f"{self._path} does not fit its vectors: run goeswith index again."
                )
            self._unmasked = _faiss().SearchParametersIVF(nprobe=self._nprobe)
        return self._index


class _Lists(Protocol):
    """What is used of `faiss.IndexIVFScalarQuantizer`; the published stubs lack most of it."""

    ntotal: int
    nlist: int
    nprobe: int

    def search(
        self, queries: NDArray[np.float32], k: int, *, params: object = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]: ...


def _faiss() -> Any:  # noqa: ANN401
    return import_module("faiss")


def _read(path: Path) -> _Lists:
    try:
        return cast("_Lists", _faiss().read_index(str(path)))
    except RuntimeError as error:
        raise HomeDamagedError(f"{path} cannot be read: run goeswith index again.") from error


def _tune(
    index: _Lists, vectors: NDArray[np.float32], queries: NDArray[np.float32], lists: int
) -> tuple[int, float]:
    k = min(10, len(vectors))
    exact = _exact_kth(vectors, queries, k)
    nprobe = 1
    while True:
        index.nprobe = nprobe
        _, rows = index.search(queries, min(_LEAST_POOL, len(vectors)))
        scores = np.einsum("qkd,qd->qk", vectors[np.maximum(rows, 0)], queries)
        # Equal vectors are equally right, so a hit is a score, not a number.
        hits = ((scores >= exact[:, None] - 1e-5) & (rows >= 0)).sum(axis=1)
        recall = float(np.minimum(hits, k).mean() / k)
        if recall >= RECALL or nprobe >= lists:
            return nprobe, recall
        nprobe = min(lists, nprobe + max(1, nprobe // 3))


def _exact_kth(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], k: int
) -> NDArray[np.float32]:
    top = np.full((len(queries), 0), -2, np.float32)
    for start in range(0, len(vectors), 65536):
        block = queries @ vectors[start : start + 65536].T
        top = np.concatenate([top, block], axis=1)
        if top.shape[1] > k:
            top = -np.partition(-top, k - 1, axis=1)[:, :k]
    return np.asarray(top.min(axis=1))
