"""Real query logs are read without a surprise. Skips where the data is absent."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from goeswith.engine.errors import QuestionError
from goeswith.engine.question import Intent, read_question

_ROOT = Path(os.environ.get("GOESWITH_DATA", Path(__file__).parents[4] / "shared" / "data"))
_QUERIES = _ROOT / "queries"

pytestmark = pytest.mark.skipif(
    not _QUERIES.is_dir(), reason=f"needs the query logs in {_QUERIES} (or set GOESWITH_DATA)"
)


def _load(name: str) -> list[str]:
    path = _QUERIES / name
    if name.endswith(".json.gz"):
        rows = json.loads(gzip.decompress(path.read_bytes()))
        return [row["query"] if isinstance(row, dict) else row for row in rows]
    text = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    lines = text.decode("utf-8").splitlines()
    delimiter = "," if name.endswith(".gz") else "\t"
    return [row["query"] for row in csv.DictReader(lines, delimiter=delimiter)]


@pytest.mark.parametrize(
    ("name", "rows", "find", "most_errors"),
    [
        ("bestbuy_query_popularity.json.gz", 2_000, 0.90, 0.02),
        ("wands_query.csv", 450, 0.90, 0.0),
        ("webshop_human_goals.json.gz", 12_000, 0.80, 0.001),
        ("stark_amazon_qa.csv.gz", 9_000, 0.85, 0.0),
    ],
)
def test_a_log_is_read(name: str, rows: int, find: float, most_errors: float) -> None:
    texts = _load(name)
    assert len(texts) >= rows
    counts: Counter[str] = Counter()
    constrained = 0
    for text in texts:
        try:
            question = read_question(text)
        except QuestionError:
            counts["refused"] += 1
            continue
        assert read_question(question.canonical).canonical == question.canonical
        counts[question.intent] += 1
        constrained += not question.constraints.empty
    print(f"\n{name}: {len(texts)} read, {dict(counts)}, {constrained} with constraints")
    assert counts["refused"] <= most_errors * len(texts)
    assert counts[Intent.FIND] >= find * len(texts)
