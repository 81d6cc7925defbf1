"""Promises that hold for every text."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from goeswith.engine.errors import QuestionError
from goeswith.engine.question import Question, Vocabulary, read_question

_VOCABULARY = Vocabulary(["Sony", "Kellogg's"], {"mirrorless": "camera_type"})
_ANY = st.text(st.characters(exclude_categories=()), max_size=80)
_PIECES = (
    "what goes with for my a the iphone 15 under $20 20 dollars not sony by and or kids six people "
    "dog lens lenses canon between 10 to need do i need ingredients instead of , . ? - "
    '24" 1.5l no without everything 🍕 [find] [wanted] [people] [anchor] brand: size xl red '
    "accessories alternative similar cheaper but can you please something oz. 5' 'x' - around "
    "3-year-old or less making going to that is it w/o & + .5 x, y; (z) ½ ² ™ Ⅳ ß ﬁ"
)
_WORDS = st.lists(st.sampled_from(_PIECES.split()), max_size=14).map(" ".join)


def _read(text: str) -> Question | None:
    try:
        return read_question(text)
    except QuestionError:
        return None


@settings(max_examples=400, deadline=None)
@given(_ANY | _WORDS)
def test_only_question_errors_and_stable_canonical(text: str) -> None:
    question = _read(text)
    if question is not None:
        again = read_question(question.canonical)
        assert again.canonical == question.canonical
        assert again.intent is question.intent
        assert (again.phrase, again.anchor, again.wanted, again.activity) == (
            question.phrase,
            question.anchor,
            question.wanted,
            question.activity,
        )
        assert (again.audience, again.people) == (question.audience, question.people)


@settings(max_examples=200, deadline=None)
@given(_ANY | _WORDS)
def test_reading_is_deterministic_and_bounded(text: str) -> None:
    question = _read(text)
    assert question == _read(text)
    if question is not None:
        assert question.canonical.isprintable() or not question.canonical.isascii()
        low, high = question.constraints.price_min, question.constraints.price_max
        assert all(bound is None or 0 <= bound < 1e12 for bound in (low, high))


@settings(max_examples=200, deadline=None)
@given(_WORDS, st.sampled_from([" ", "\t", "  ", "\n", "\u00a0", "\u3000"]))
def test_spacing_and_case_do_not_matter(text: str, space: str) -> None:
    question = _read(text)
    other = _read("  " + text.upper().replace(" ", space) + space)
    if question is None:
        assert other is None
    else:
        assert other is not None
        assert (other.canonical, other.constraints) == (question.canonical, question.constraints)


@settings(max_examples=200, deadline=None)
@given(_ANY | _WORDS)
def test_a_vocabulary_never_breaks_reading(text: str) -> None:
    try:
        question = read_question(text, vocabulary=_VOCABULARY)
    except QuestionError:
        return
    assert read_question(question.canonical).canonical == question.canonical


@settings(max_examples=100, deadline=None)
@given(st.text(string.printable, min_size=1, max_size=40))
def test_a_locale_is_a_tag_or_refused(locale: str) -> None:
    try:
        question = read_question("pizza", locale=locale)
    except QuestionError:
        return
    assert question.locale.isascii()
    assert question.locale == read_question("pizza", locale=question.locale).locale
