"""What a phrase means among the types of a shop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.meaning.meanings import Meanings
from goeswith.engine.retrieval.hits import TypeHits

TYPES = (("Pickles, relish", "Relishes"), ("Pickles, relish", "Pickles"), ("Press", "Newspaper"))


@pytest.mark.parametrize(("phrase", "found"), [("relishes", {0: 1.0}), ("gherkins", {})])
def test_a_types_very_name_means_it_although_its_embedding_is_far(
    phrase: str, found: dict[int, float]
) -> None:
    kinds = Kinds(TYPES, np.eye(3, dtype=np.float32), np.ones(3, dtype=np.int64))
    nothing: Any = None
    meanings = Meanings(nothing, kinds, np.array([700, 900, 90_000]))
    hits = TypeHits(
        type_ids=np.array([0, 1, 2], np.int32),
        scores=np.array([0.3, 0.2, 0.1], np.float32),
        cosine=np.array([0.14, 0.03, 0.4], np.float32),
        coverage=np.array([1.0, 1.0, 0.0], np.float32),
        matched=False,
    )
    assert meanings.rank(phrase, hits) == found
