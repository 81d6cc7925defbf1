"""Questions whose answers people graded, over a shop that is indexed as a whole."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

import msgspec
import numpy as np

from goeswith.engine.settings import Settings
from goeswith.eval.errors import EvalError
from goeswith.eval.loaders.judged import Judged
from goeswith.eval.model import Asked, Fact, Prepared, Question

MEASURES = ("nDCG@10", "nDCG@4", "R@10")
"""@4 compares what a page shows first, @10 the list that the suite asks for."""

PRODUCTS = 10
"""Products that a need is asked for: the measures look at as many."""


def prepared_judged(
    home: Path,
    settings: Settings,
    judged: Sequence[Judged],
    *,
    skus: Container[str],
    questions: int | None,
    seed: int,
    measures: tuple[str, ...] = MEASURES,
    facts: dict[str, Fact] | None = None,
) -> Prepared:
    """Return a suite of graded questions; all of them when `questions` is None, else a draw.

    Grades of SKUs that the catalog does not hold are left out, and then questions without any
    relevant SKU: nobody could answer them.

    Raises:
        EvalError: no question is left.
    """
    kept = [
        (question, {sku: grade for sku, grade in question.grades.items() if sku in skus})
        for question in judged
    ]
    able = [(question, grades) for question, grades in kept if any(grades.values())]
    if not able:
        raise EvalError("No question has a relevant product in the catalog.")
    if questions is not None and questions < len(able):
        drawn = np.random.default_rng(seed).permutation(len(able))[:questions]
        able = [able[place] for place in sorted(drawn.tolist())]
    budget = msgspec.structs.replace(settings.budget, products=PRODUCTS)
    return Prepared(
        home=home,
        settings=msgspec.structs.replace(settings_at(settings, home), budget=budget),
        questions=tuple(Question(Asked(q.id, q.text, q.text, wants="sku"), "all") for q, _ in able),
        truth={q.id: grades for q, grades in able},
        measures=measures,
        facts={
            **(facts or {}),
            "questions left out, nothing relevant in the catalog": len(judged)
            - len([grades for _, grades in kept if any(grades.values())]),
            "judged products a question": round(
                sum(len(grades) for _, grades in able) / len(able), 1
            ),
        },
    )


def settings_at(settings: Settings, home: Path) -> Settings:
    """Return the settings with another home."""
    return msgspec.structs.replace(settings, home=home)
