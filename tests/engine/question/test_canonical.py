"""What shares a canonical form, and what must never share one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from goeswith.engine.errors import QuestionError
from goeswith.engine.model import Constraints
from goeswith.engine.question import read_question

_HERE = Path(__file__).parent
_GROUPS = [
    group.strip("\n").split("\n")
    for group in (_HERE / "same.txt").read_text(encoding="utf-8").split("\n\n")
]
_SAME = [(group[0], other) for group in _GROUPS for other in group[1:]]
_DIFFERENT = [
    tuple(line.split(" | "))
    for line in (_HERE / "different.txt").read_text(encoding="utf-8").splitlines()
]


def _key(text: str) -> tuple[str, Constraints]:
    question = read_question(text)
    return question.canonical, question.constraints


def test_there_are_enough_pairs() -> None:
    assert len(_SAME) >= 80
    assert len(_DIFFERENT) >= 120


@pytest.mark.parametrize(("one", "other"), _SAME)
def test_same_meaning_shares_a_key(one: str, other: str) -> None:
    assert _key(one) == _key(other)


@pytest.mark.parametrize(("one", "other"), _DIFFERENT)
def test_another_meaning_never_shares_a_key(one: str, other: str) -> None:
    assert _key(one) != _key(other)


def test_groups_differ_from_each_other() -> None:
    for one, other in combinations(_GROUPS, 2):
        assert _key(one[0]) != _key(other[0])


def test_the_same_key_gives_the_same_fields() -> None:
    for one, other in _SAME:
        first, second = read_question(one), read_question(other)
        for name in ("intent", "phrase", "anchor", "wanted", "activity", "audience", "people"):
            assert getattr(first, name) == getattr(second, name)


@pytest.mark.parametrize("text", [text for pair in (*_SAME, *_DIFFERENT) for text in pair])
def test_canonical_reads_back_as_itself(text: str) -> None:
    canonical = read_question(text).canonical
    assert read_question(canonical).canonical == canonical


def test_a_field_cannot_be_imitated_inside_a_phrase() -> None:
    question = read_question("pizza [audience] dog")
    assert question.audience == ""
    assert question.canonical == "[find] pizza , audience , dog"


@pytest.mark.parametrize(
    "text",
    [
        "[find]",
        "[find] the",
        "[find] pizza [find] tea",
        "[find] pizza [anchor] tea",
        "[pizza] tea",
        "[find] pizza [people] many",
    ],
)
def test_a_broken_canonical_form_is_read_as_words(text: str) -> None:
    try:
        question = read_question(text)
    except QuestionError:
        return
    assert read_question(question.canonical).canonical == question.canonical
    assert "[people]" not in question.canonical


def test_locale_is_normalised_and_part_of_the_question() -> None:
    assert read_question("pizza", locale="en_US").locale == "en-us"
    assert read_question("pizza", locale="de").canonical == "[find] pizza"
