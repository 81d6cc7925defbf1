from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.retrieval.text import content_terms, fold, is_model_number, stem, terms


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("chip", "chips"),
        ("nappy", "nappies"),
        ("battery", "batteries"),
        ("cookie", "cookies"),
        ("box", "boxes"),
        ("brush", "brushes"),
        ("peach", "peaches"),
        ("headache", "headaches"),
        ("tomato", "tomatoes"),
        ("shoe", "shoes"),
        ("glass", "glasses"),
        ("lens", "lenses"),
        ("knife", "knives"),
        ("olive", "olives"),
        ("pie", "pies"),
        ("movie", "movies"),
    ],
)
def test_singular_and_plural_meet(singular: str, plural: str) -> None:
    assert stem(singular) == stem(plural)


@pytest.mark.parametrize("word", ["grass", "hummus", "tennis", "gas", "asparagus"])
def test_words_that_only_look_plural_stay(word: str) -> None:
    assert stem(word) == word


def test_model_numbers_keep_both_forms() -> None:
    assert terms("Canon LP-E17") == ["canon", "lp-e17", "lpe17"]


def test_punctuation_accents_and_case() -> None:
    assert terms("MIXERS(TONIC WTR/CLUB SODA)") == ["mixer", "tonic", "wtr", "club", "soda"]
    assert terms("Crème BRÛLÉE") == ["creme", "brulee"]
    assert terms("women's 1.5 l") == ["woman", "1.5", "l"]


def test_text_without_spaces_gives_pairs() -> None:
    assert terms("電気毛布") == ["電気", "気毛", "毛布"]


def test_stop_words_stay_when_there_is_nothing_else() -> None:
    assert content_terms("I need a tent for me") == ["tent"]
    assert content_terms("what for") == ["what", "for"]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("r10", True),
        ("lp-e17", True),
        ("90210", True),
        ("12oz", False),
        ("500", False),
        ("tea", False),
    ],
)
def test_model_number(term: str, expected: bool) -> None:
    assert is_model_number(term) is expected


@given(st.text())
def test_any_text_has_terms(text: str) -> None:
    found = terms(text)
    assert all(found)
    assert terms(fold(text)) == found or not text.isascii()
