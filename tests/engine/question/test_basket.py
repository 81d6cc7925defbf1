"""Questions about the basket as a whole: only with a basket, and only those."""

from __future__ import annotations

import pytest

from goeswith.engine.errors import QuestionError
from goeswith.engine.question import Intent, read_question

ABOUT_THE_BASKET = (
    "what else do I need",
    "What else do I need?",
    "complete my basket",
    "please finish my order",
    "what goes with this",
    "what goes well with these items",
    "what am I missing?",
    "what's missing",
    "anything else?",
    "what should I add to my cart",
    "cart",
    "[complement] [basket]",
)
ABOUT_SOMETHING = (
    "what goes with tortilla chips",
    "picnic basket",
    "what else do I need for taco night",
    "shampoo",
    "accessories for Canon EOS R10",
    "instead of potato chips",
)


@pytest.mark.parametrize("text", ABOUT_THE_BASKET)
def test_it_is_about_the_basket(text: str) -> None:
    question = read_question(text, basket=("B", "A", "B"))
    assert question.canonical == "[complement] [basket]"
    assert question.intent is Intent.COMPLEMENT
    assert not question.anchor
    assert not question.phrase
    assert question.basket == ("A", "B")


@pytest.mark.parametrize("text", ABOUT_SOMETHING)
def test_a_question_that_names_something_keeps_its_meaning(text: str) -> None:
    alone, bound = read_question(text), read_question(text, basket=("A",))
    assert bound.canonical == alone.canonical
    assert bound.basket == ("A",)


def test_constraints_are_kept() -> None:
    question = read_question("what else do I need under $20", basket=("A",))
    assert question.canonical == "[complement] [basket]"
    assert question.constraints.price_max == pytest.approx(20.0)


@pytest.mark.parametrize("text", ["what else do I need", "[complement] [basket]"])
def test_without_a_basket_nothing_is_about_it(text: str) -> None:
    try:
        question = read_question(text)
    except QuestionError:
        return
    assert question.canonical != "[complement] [basket]"
