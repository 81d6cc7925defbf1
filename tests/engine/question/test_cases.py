"""Every question of cases.txt is read as written there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from goeswith.engine.model import Constraints
from goeswith.engine.question import Intent, read_question

_LINES = (Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines()


def _parts(line: str) -> tuple[str, str, str]:
    text, canonical, *constraints = line.split(" => ")
    return text, canonical, constraints[0] if constraints else "{}"


@pytest.mark.parametrize("line", _LINES, ids=lambda line: line.split(" => ")[0])
def test_question_is_read_as_written(line: str) -> None:
    text, canonical, constraints = _parts(line)
    question = read_question(text)
    assert question.canonical == canonical
    assert question.constraints == msgspec.convert(json.loads(constraints), Constraints)


def test_there_are_enough_cases_of_every_intent() -> None:
    counts = Counter(read_question(_parts(line)[0]).intent for line in _LINES)
    assert sum(counts.values()) >= 200
    assert all(counts[intent] >= 10 for intent in Intent)


@pytest.mark.parametrize(
    ("text", "phrase", "anchor", "wanted", "activity"),
    [
        ("what goes with pancake mix", "pancake mix", "pancake mix", "", ""),
        ("what drinks go with pizza", "pizza", "pizza", "drink", ""),
        ("lens for canon eos r10", "lens", "canon eos r10", "lens", ""),
        ("works with google home", "google home", "google home", "", ""),
        (
            "what do I need to photograph birds with a Canon EOS R10",
            "photograph birds",
            "canon eos r10",
            "",
            "photograph birds",
        ),
        ("gear for hiking", "hiking", "", "gear", "hiking"),
        ("wireless headphones", "wireless headphone", "", "", ""),
        ("red, white wine", "red, white wine", "", "", ""),
    ],
)
def test_fields_follow_from_the_canonical_form(
    text: str, phrase: str, anchor: str, wanted: str, activity: str
) -> None:
    question = read_question(text)
    assert (question.phrase, question.anchor, question.wanted, question.activity) == (
        phrase,
        anchor,
        wanted,
        activity,
    )


def test_text_is_kept_for_showing() -> None:
    assert read_question("  What GOES with\tPizza™? ").text == "What GOES with Pizza™?"


def test_audience_and_people() -> None:
    assert read_question("toothpaste for my toddlers").audience == "toddler"
    assert read_question("everything for camping with kids").audience == "kids"
    assert read_question("taco night for six").people == 6
    assert read_question("tent for 4").people == 0
