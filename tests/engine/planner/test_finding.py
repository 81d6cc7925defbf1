"""What of a phrase names a model."""

from __future__ import annotations

import pytest

from goeswith.engine.planner.finding import model_in


@pytest.mark.parametrize(
    ("phrase", "model"),
    [
        ("iphone 12", "iphone 12"),
        ("my Canon EOS R10", "r10"),
        ("Samsung Galaxy S7 edge", "s7"),
        ("gaming pc", ""),
        ("", ""),
        ("12", "12"),
    ],
)
def test_model_in(phrase: str, model: str) -> None:
    assert model_in(phrase) == model
