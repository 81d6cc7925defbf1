"""Retrieval measures by question, computed by trec_eval through ir-measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from goeswith.eval.errors import EvalError, EvalUsageError
from goeswith.eval.model import Truth

INSTALL = "pip install 'goeswith[eval]'"
_NEEDED = ("ir_measures", "pytrec_eval")

Scores = npt.NDArray[np.float64]


def score(
    truth: Truth, lists: Mapping[str, Sequence[str]], measures: Sequence[str]
) -> dict[str, Scores]:
    """Return measure to one value in 0..1 per question, in the order of `lists`.

    nDCG has linear gains and the logarithmic discount of trec_eval (Järvelin and Kekäläinen 2002).
    R is the share of all relevant items found; with more relevant items than ranks it cannot be 1.
    A question without a list, or with an empty one, scores 0.

    Args:
        truth: grades by question; every question of `lists` must have a relevant item.
        lists: items by question, best first, none twice.
        measures: names such as "nDCG@10" and "R@10".

    Raises:
        EvalError: ir-measures is not installed, or a question has no relevant item.
        EvalUsageError: a measure is unknown.
    """
    bare = [question for question in lists if not any(truth.get(question, {}).values())]
    if bare:
        raise EvalError(f"Questions without truth cannot be scored: {', '.join(bare[:5])}.")
    absent = [name for name in _NEEDED if find_spec(name) is None]
    if absent:
        raise EvalError(f"The measures need {', '.join(absent)}. Install them with: {INSTALL}")
    import ir_measures

    try:
        wanted = {ir_measures.parse_measure(name): name for name in measures}
    except (NameError, ValueError, SyntaxError) as error:
        raise EvalUsageError(f"A measure of {', '.join(measures)} is unknown: {error}") from None
    judged = {question: dict(truth[question]) for question in lists}
    run = {
        question: {item: float(len(items) - place) for place, item in enumerate(items)}
        for question, items in lists.items()
    }
    place = {question: number for number, question in enumerate(lists)}
    found = {name: np.zeros(len(lists)) for name in measures}
    for metric in ir_measures.iter_calc(list(wanted), judged, run):
        found[wanted[metric.measure]][place[metric.query_id]] = metric.value
    return found
