from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from goeswith.eval import measures
from goeswith.eval.errors import EvalError, EvalUsageError
from goeswith.eval.measures import score

TRUTH = {"q1": {"a": 3, "b": 1, "c": 2}, "q2": {"x > y": 1}}
BOTH = ("nDCG@10", "R@10")


def test_a_known_list() -> None:
    found = score(TRUTH, {"q1": ("b", "no", "a"), "q2": ("x > y",)}, BOTH)
    gained = 1 / math.log2(2) + 3 / math.log2(4)
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    assert found["nDCG@10"] == pytest.approx([gained / ideal, 1.0])
    assert found["R@10"] == pytest.approx([2 / 3, 1.0])


def test_values_follow_the_order_of_the_lists() -> None:
    found = score(TRUTH, {"q2": ("x > y",), "q1": ("no",)}, BOTH)
    assert found["R@10"].tolist() == [1.0, 0.0]


def test_an_empty_list_scores_nothing() -> None:
    found = score(TRUTH, {"q1": (), "q2": ()}, BOTH)
    assert all(np.array_equal(found[name], [0.0, 0.0]) for name in BOTH)


def test_only_the_first_ten_count_and_in_their_order() -> None:
    far = tuple(f"n{number}" for number in range(10))
    assert score(TRUTH, {"q1": (*far, "a", "b", "c")}, BOTH)["R@10"].tolist() == [0.0]
    first, last = ("a", *far[:9]), (*far[:9], "a")
    high = score(TRUTH, {"q1": first}, BOTH)["nDCG@10"]
    assert high > score(TRUTH, {"q1": last}, BOTH)["nDCG@10"] > 0


def test_a_question_without_truth_is_an_error_not_a_zero() -> None:
    with pytest.raises(EvalError, match="q3"):
        score(TRUTH | {"q3": {"a": 0}}, {"q3": ("a",)}, BOTH)


def test_an_unknown_measure_is_told() -> None:
    with pytest.raises(EvalUsageError, match="Nonsense"):
        score(TRUTH, {"q1": ("a",)}, ("Nonsense@3",))


def test_an_absent_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "_NEEDED", ("ir_measures", "no_such_library"))
    with pytest.raises(EvalError, match=r"no_such_library.*pip install 'goeswith\[eval\]'"):
        score(TRUTH, {"q1": ("a",)}, BOTH)


def test_importing_the_command_loads_nothing_heavy() -> None:
    script = "import sys, goeswith.eval.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy = {"polars", "faiss", "numba", "scipy", "bm25s", "dspy", "ir_measures", "pytrec_eval"}
    assert heavy.isdisjoint(done.stdout.split())
