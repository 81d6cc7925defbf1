from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.model import Relation
from goeswith.engine.pack import load_pack
from goeswith.engine.pack.words import content_words, normalise, phrase_key, singular, stem

_PACK = load_pack()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what do I need to photograph birds", "bird-photography"),
        ("Photographing birds in the garden with my R10", "bird-photography"),
        ("I want to bake a cake for my son's birthday", "birthday-cake"),
        ("everything for a taco night", "taco-night"),
        ("s'mores for eight people", "smores"),
        ("we are going camping in July", "tent-camping"),
        ("my drain is clogged", "unclog-drain"),
        ("unclogging the bathroom drain", "unclog-drain"),
        ("bringing home a puppy on Saturday", "new-puppy"),
        ("Preparing for a hurricane", "hurricane-preparation"),
        ("build a pc for games", "pc-building"),
        ("cold and flu remedies", "cold-and-flu"),
        ("fly with a toddler", "flight-with-toddler"),
        ("dorm room stuff", "college-dorm"),
        ("thanksgiving turkey dinner", "thanksgiving"),
        ("fixing a flat tire", "flat-tire-car"),
        ("knit a scarf for winter", "knitting"),
        ("what should I buy for sushi at home?", "sushi-at-home"),
    ],
)
def test_questions_find_their_activity(question: str, expected: str) -> None:
    found = _PACK.find_activity(question)
    assert found[0][0].id == expected
    assert found[0][1] >= 0.6


@pytest.mark.parametrize(
    "question", ["", "milk", "coffee", "xqzzt", "the of and", "!!!", "blue widget 4711"]
)
def test_a_question_without_an_activity_scores_low(question: str) -> None:
    found = _PACK.find_activity(question)
    assert not found or found[0][1] < 0.6


@pytest.mark.parametrize(
    "question",
    [
        "running shoes",
        "best running shoes for flat feet",
        "camping tent",
        "yoga mat",
        "dog leash",
        "christmas tree lights",
        "golf balls",
        "taco shells",
        "bird field guide",
        "cheap bike helmet",
    ],
)
def test_a_question_for_one_product_is_no_activity(question: str) -> None:
    found = _PACK.find_activity(question)
    assert not found or found[0][1] < 0.6


@given(st.text(max_size=80), st.integers(0, 7))
def test_find_activity_is_total_ordered_and_bounded(text: str, limit: int) -> None:
    found = _PACK.find_activity(text, limit)
    assert len(found) <= limit
    assert found == _PACK.find_activity(text, limit)
    keys = [(-score, activity.id) for activity, score in found]
    assert keys == sorted(keys)
    assert all(0 < score <= 1 for _, score in found)


def test_relations_are_found_under_any_name_and_number() -> None:
    by_alias = _PACK.relations_of("Icing")
    assert by_alias == _PACK.relations_of("cake frosting")
    assert "cake mix" in [entry.tail for entry in by_alias]
    assert _PACK.relations_of("camera lenses") == _PACK.relations_of("camera lens") != []
    assert _PACK.relations_of("unobtainium") == []


def test_two_way_relations_are_found_from_both_ends() -> None:
    forward = [entry.tail for entry in _PACK.relations_of("cake mix")]
    assert "cake frosting" in forward
    for entry in _PACK.relations:
        if entry.relation is Relation.SUBSTITUTE:
            assert entry.head in [other.tail for other in _PACK.relations_of(entry.tail)]


def test_one_way_relations_are_found_from_the_head_only() -> None:
    heads = [entry.tail for entry in _PACK.relations_of("uv filter")]
    assert "camera lens" not in heads
    assert "camera lens" in [entry.head for entry in _PACK.relations_to("uv filter")]


def test_names_of_lists_the_others() -> None:
    assert "icing" in _PACK.names_of("cake frosting")
    assert _PACK.names_of("icing")[0] == "cake frosting"
    assert "icing" not in _PACK.names_of("icing")
    assert _PACK.names_of("unobtainium") == ()


@pytest.mark.parametrize(
    "statement",
    [
        "Good quality.",
        "Customers like it",
        "They are often bought together.",
        "Useful and practical",
        "A perfect match for any occasion!",
        "",
    ],
)
def test_empty_statements_are_generic(statement: str) -> None:
    assert _PACK.is_generic(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "Frosting covers the baked layers.",
        "A good tripod holds a heavy lens.",
        "Fits the RF mount.",
    ],
)
def test_a_statement_with_content_is_not_generic(statement: str) -> None:
    assert not _PACK.is_generic(statement)


@given(st.text(max_size=40))
def test_normalise_settles_at_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert len(set(content_words(text))) == len(content_words(text))


@pytest.mark.parametrize(
    ("forms", "kept"),
    [
        (("photograph", "photographing", "photography", "photographs"), True),
        (("bird", "birds", "birding"), True),
        (("bake", "baking", "bakes", "baked"), True),
        (("run", "running"), True),
        (("milk", "milky"), False),
        (("staple", "stapler"), True),
    ],
)
def test_stems(forms: tuple[str, ...], kept: bool) -> None:
    assert (len({stem(form) for form in forms}) == 1) is kept


@pytest.mark.parametrize(
    ("plural", "single"),
    [
        ("batteries", "battery"),
        ("brushes", "brush"),
        ("boxes", "box"),
        ("tomatoes", "tomato"),
        ("glasses", "glass"),
        ("lenses", "lens"),
        ("shelves", "shelf"),
        ("cookies", "cookie"),
        ("ties", "tie"),
        ("pies", "pie"),
        ("vases", "vase"),
        ("bus", "bus"),
    ],
)
def test_singular_and_plural_agree(plural: str, single: str) -> None:
    assert singular(plural) == singular(single)


@pytest.mark.parametrize("pair", [("stapler", "staple"), ("tie", "toe"), ("glass", "glasses case")])
def test_different_things_stay_apart(pair: tuple[str, str]) -> None:
    assert phrase_key(pair[0]) != phrase_key(pair[1])


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("banana bread", "banana-bread"),
        ("banana bread for the kids", "banana-bread"),
        ("bake a cake at work", "birthday-cake"),
        ("gift for mom at work", "mothers-day-breakfast"),
        ("christmas cookies", "christmas-cookies"),
        ("fruit salad", "fruit-salad"),
    ],
)
def test_what_a_text_is_about_decides(text: str, about: str) -> None:
    assert _PACK.find_activity(text, 1)[0][0].id == about


@pytest.mark.parametrize(
    "text", ["christmas cookie cutters", "banana pudding", "chocolate cake tin"]
)
def test_a_thing_of_an_activity_is_not_the_activity(text: str) -> None:
    assert all(score < 0.6 for _, score in _PACK.find_activity(text))
