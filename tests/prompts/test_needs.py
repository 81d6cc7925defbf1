from __future__ import annotations

from typing import Any

import pytest

from goeswith.prompts.needs import Wanted, read_needs
from goeswith.prompts.reply import Drops


def _wanted(question: str, *constraints: tuple[str, str, str]) -> Wanted:
    rows = [{"kind": k, "name": n, "value": v} for k, n, v in constraints]
    raw: list[Any] = [{"id": "a", "phrase": "some thing", "constraints": rows}]
    return read_needs(raw, question, Drops())[0].wanted


@pytest.mark.parametrize(
    ("question", "constraint", "expected"),
    [
        ("bag under $300", ("price_max", "", "300"), Wanted(price_max=300.0)),
        ("bag under 1,300 dollars", ("price_max", "", "$1300"), Wanted(price_max=1300.0)),
        ("bag under 12.50", ("price_max", "", "12.5"), Wanted(price_max=12.5)),
        ("bag under $300", ("price_max", "", "200"), Wanted()),
        ("bag under $300", ("price_max", "", "a lot"), Wanted()),
        ("a Canon camera", ("brand", "", "Canon"), Wanted(brands=("canon",))),
        ("a camera", ("brand", "", "Canon"), Wanted()),
        ("a camera, not Canon", ("not_brand", "", "canon"), Wanted(not_brands=("canon",))),
        ("a Canon camera", ("not_brand", "", "Canon"), Wanted()),
        ("gluten-free pasta", ("not_word", "", "gluten"), Wanted(not_words=("gluten",))),
        ("pasta without any egg", ("not_word", "", "egg"), Wanted(not_words=("egg",))),
        ("egg pasta", ("not_word", "", "egg"), Wanted()),
        (
            "a red size 9 shoe",
            ("attribute", "Colour", "red"),
            Wanted(attributes=(("colour", "red"),)),
        ),
        ("a size 9 shoe", ("attribute", "Colour", "red"), Wanted()),
        ("a size 9 shoe", ("fits", "", "9"), Wanted()),
    ],
)
def test_only_what_the_shopper_said_binds(
    question: str, constraint: tuple[str, str, str], expected: Wanted
) -> None:
    assert _wanted(question, constraint) == expected


def test_crossed_price_bounds_are_dropped() -> None:
    both = (("price_min", "", "50"), ("price_max", "", "20"))
    assert _wanted("from 20 to 50", *both) == Wanted()


def test_another_script_is_not_taken() -> None:
    raw: list[Any] = [{"id": "a", "phrase": "палатка"}, {"id": "b", "phrase": "tent"}]
    drops = Drops()
    assert [n.phrase for n in read_needs(raw, "camping trip", drops)] == ["tent"]
    assert drops.done() == (("other script", 1),)
    assert [n.phrase for n in read_needs(raw, "поход", Drops())] == ["палатка"]


def test_known_needs_keep_their_place() -> None:
    raw: list[Any] = [
        {"id": "n1", "phrase": "ball head", "depends_on": ["n2"]},
        {"id": "z", "phrase": "Tripod", "depends_on": []},
        {"id": "y", "phrase": "strap", "depends_on": ["z", "n1"]},
    ]
    known = (("n1", "camera"), ("n2", "tripod"))
    needs = read_needs(raw, "q", Drops(), known=known)
    assert [(n.id, n.phrase, n.depends_on) for n in needs] == [
        ("n3", "ball head", ("n2",)),
        ("n4", "strap", ("n1", "n2")),
    ]
