"""What a model is told is made from what a question means."""

from __future__ import annotations

import pytest

from goeswith.engine.planner.wording import wording
from goeswith.engine.question import read_question


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("what goes with tortilla chips?", "what goes with tortilla chips"),
        ("taco night for six", "for 6 people"),
        ("camera bag under $100 not Lowepro", "camera bag under 100 not lowepro"),
        ("lens for Canon EOS R10", "lens that fits canon eos r10"),
        ("instead of potato chips", "what can I take instead of potato chips"),
    ],
)
def test_the_meaning_is_told(typed: str, told: str) -> None:
    assert told in wording(read_question(typed))


def test_questions_of_one_meaning_are_told_alike() -> None:
    first = read_question("Hello! I am looking for a camera bag under $100, any suggestions?")
    second = read_question("camera bag under 100 dollars")
    assert first.canonical == second.canonical
    assert wording(first) == wording(second)
