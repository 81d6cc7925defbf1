"""Known brands and attribute values become constraints; words that only look so do not."""

from __future__ import annotations

import pytest

from goeswith.engine.question import Vocabulary, read_question

_SHOP = Vocabulary(
    ["Kellogg's", "Sony", "Laurel Foundry", "Laurel", "Apple", "AT&T", "Levis"],
    {"mirrorless": "camera_type", "Dual Band": "wifi"},
)


@pytest.mark.parametrize(
    "text", ["cereal not Kellogg's", "cereal not kelloggs", "not kellogg cereal"]
)
def test_a_known_brand_is_excluded_as_a_brand(text: str) -> None:
    question = read_question(text, vocabulary=_SHOP)
    assert question.constraints.not_brands == ("kellogg's",)
    assert question.constraints.not_words == ()
    assert question.canonical == "[find] cereal"


def test_an_unknown_name_is_excluded_as_words() -> None:
    assert read_question("cereal not Acme", vocabulary=_SHOP).constraints.not_words == ("acme",)
    assert read_question("cereal not Kellogg's").constraints.not_words == ("kellogg's",)


def test_a_known_brand_that_is_sought_is_a_constraint_and_stays_a_word() -> None:
    question = read_question("Sony headphones", vocabulary=_SHOP)
    assert question.constraints.brands == ("sony",)
    assert question.phrase == "sony headphone"


def test_the_brand_of_the_anchor_binds_nothing() -> None:
    assert read_question("case for sony xperia", vocabulary=_SHOP).constraints.empty
    assert read_question("what goes with sony tv", vocabulary=_SHOP).constraints.empty


def test_a_common_word_is_a_brand_only_when_said_so() -> None:
    assert read_question("apple juice", vocabulary=_SHOP).constraints.empty
    assert read_question("tablet by apple", vocabulary=_SHOP).constraints.brands == ("apple",)
    assert read_question("tablet not apple", vocabulary=_SHOP).constraints.not_brands == ("apple",)


def test_the_longest_brand_wins() -> None:
    assert read_question("desk by laurel foundry", vocabulary=_SHOP).constraints.brands == (
        "laurel foundry",
    )


def test_by_an_unknown_name_stays_words_when_brands_are_known() -> None:
    question = read_question("desk by acme", vocabulary=_SHOP)
    assert question.constraints.brands == ()
    assert question.phrase == "desk by acme"


def test_attribute_values() -> None:
    question = read_question("mirrorless camera", vocabulary=_SHOP)
    assert question.constraints.attributes == (("camera_type", "mirrorless"),)
    router = read_question("dual band router", vocabulary=_SHOP)
    assert router.constraints.attributes == (("wifi", "dual band"),)


@pytest.mark.parametrize(
    "text",
    ["side by side fridge", "toys to go by train", "books by stephen king", "day by day planner"],
)
def test_by_is_not_always_a_brand(text: str) -> None:
    assert read_question(text).constraints.brands == ()
