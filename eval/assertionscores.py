"""How far an LM's reason can be believed without another LM: scores of reasons for pairs.

A reason that has to do with both products is near both titles, in words and in meaning. The head is
a logistic regression on such features (Cox 1958), fitted by Newton's method with a small ridge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from goeswith.engine.retrieval import Embedder
from goeswith.engine.retrieval.text import content_terms
from goeswith.eval.loaders.intentions import Assertion

Matrix = npt.NDArray[np.float64]

FEATURES = (
    "least cosine of reason and title",
    "greatest cosine of reason and title",
    "cosine of the titles",
    "share of the reason's words in either title",
    "share of the reason's words in both titles",
    "words of the reason",
)
LEAST = 0
"""The feature that is the embedding bound."""

_RIDGE = 1e-2
_STEPS = 50


def features_of(assertions: Sequence[Assertion], embedder: Embedder) -> Matrix:
    """Return one row of features an assertion, in the order of `FEATURES`."""
    texts = list(dict.fromkeys(t for a in assertions for t in (a.one, a.other, a.reason)))
    vectors = np.asarray(embedder.encode(texts), dtype=np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    place = {text: number for number, text in enumerate(texts)}
    rows = []
    for a in assertions:
        one, other, reason = (vectors[place[text]] for text in (a.one, a.other, a.reason))
        near = sorted((float(reason @ one), float(reason @ other)))
        words = frozenset(content_terms(a.reason))
        titles = [frozenset(content_terms(text)) for text in (a.one, a.other)]
        size = max(1, len(words))
        rows.append(
            (
                *near,
                float(one @ other),
                len(words & (titles[0] | titles[1])) / size,
                len(words & titles[0] & titles[1]) / size,
                float(len(words)),
            )
        )
    return np.array(rows, dtype=np.float64)


class Head:
    """A logistic regression on standardised features."""

    def __init__(self, features: Matrix, labels: npt.NDArray[np.bool_]) -> None:
        self._mean = features.mean(axis=0)
        self._scale = np.maximum(features.std(axis=0), 1e-9)
        inputs = self._inputs(features)
        weights = np.zeros(inputs.shape[1])
        ridge = _RIDGE * np.eye(inputs.shape[1])
        for _ in range(_STEPS):
            chance = _logistic(inputs @ weights)
            slope = inputs.T @ (labels - chance) - ridge @ weights
            bend = (inputs * (chance * (1.0 - chance))[:, None]).T @ inputs + ridge
            step = np.linalg.solve(bend, slope)
            weights = weights + step
            if float(np.abs(step).max()) < 1e-9:
                break
        self._weights = weights

    def scores(self, features: Matrix) -> npt.NDArray[np.float64]:
        """Return the chance that each assertion is true, 0..1."""
        return _logistic(self._inputs(features) @ self._weights)

    def _inputs(self, features: Matrix) -> Matrix:
        scaled = (features - self._mean) / self._scale
        return np.hstack([scaled, np.ones((len(scaled), 1))])


def _logistic(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    chance: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0)))
    return chance
