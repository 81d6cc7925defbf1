"""Products that say what was asked for, where no kind of the shop is called so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.planner.said import as_said, names
from goeswith.engine.settings import Settings
from tests.engine.planner.conftest import asking, opened

CLOTHES = (
    *((f"P{n}", f"Forum Pirate Captain Costume {n}", "Costumes > Men") for n in range(3)),
    *((f"W{n}", f"Witch Costume {n}", "Costumes > Women") for n in range(3)),
    ("X1", "Hollywood starlet", "Exotic > Costumes"),
    *((f"A{n}", f"Womens Quartz Watch {n}", "Women > Wrist Watches") for n in range(3)),
    *((f"B{n}", f"Marvel Watch {n}", "Novelty > Watches") for n in range(3)),
    ("N1", "Turtle Fur - Double-Layer Neck Warmer, Chelonia 150", "Scarves > Winter"),
    ("N2", "Leg warmers, pink", "Hosiery > Leg Warmers"),
    ("V1", "Red wine vinegar, 16 oz", "Condiments > Vinegar"),
    *((f"L{n}", f"Loma Linda Franks {n} oz", "Canned > Meatless") for n in range(11, 14)),
    ("L9", "Big franks, 12 oz", "Canned > Meat"),
    ("S1", "Gluten Free crackers", "Snacks > Crackers"),
    ("S2", "Schar Gluten Free bread", "Bread > Loaves"),
    ("S3", "Rolls, gluten free", "Bread > Rolls"),
    ("C1", "Birthday candles", "Cards and party supplies > Birthday candles"),
    ("C2", "Birthday cake", "Bakery > Birthday cakes"),
    ("C3", "Balloons", "Floral > Balloons"),
    ("C4", "Paper plates", "Housewares > Paper plates"),
    ("H1", "Huy Fong Chili Garlic Sauce, 18 oz", "Condiments > Asian"),
    ("H2", "Thai sweet chili sauce, 12 oz", "Condiments > Asian"),
    ("K1", "Kidney beans, 15 oz", "Canned > Kidney beans"),
    ("K2", "Ground beef", "Meat > Ground beef"),
    ("K3", "Diced tomatoes", "Canned > Diced tomatoes"),
    ("K4", "Chili powder", "Spices > Chili powder"),
    ("K5", "Yellow onions", "Produce > Onions"),
)
BOUGHT = [["B0", "B1"], ["B0", "X1"], ["X1", "W1"], ["C1", "C3"]] * 9


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, spelling: Settings) -> Iterator[Engine]:
    with opened(tmp_path_factory.mktemp("clothes"), CLOTHES, spelling, BOUGHT) as engine:
        yield engine


def told(shop: Engine, question: str) -> list[str]:
    found: list[str] = shop.ask(question, use_cache=False).to_dict().get("notes", [])
    return found


@pytest.mark.parametrize(
    ("question", "found"),
    [("pirate costume", {"P0", "P1", "P2"}), ("womens watch", {"A0", "A1", "A2"})],
)
def test_what_says_every_word_goes_before_what_is_bought_more(
    shop: Engine, question: str, found: set[str]
) -> None:
    assert set(asking(shop)(question)) == found
    assert told(shop, question) == []


def test_a_title_that_bears_the_name_is_found_in_any_kind(shop: Engine) -> None:
    assert asking(shop)("neck warmer") == ["N1"]


def test_who_names_a_maker_gets_what_the_maker_makes(shop: Engine) -> None:
    assert set(asking(shop)("loma linda packages")) == {"L11", "L12", "L13"}
    assert told(shop, "loma linda packages") == ["Nothing of Loma Linda here says 'package'."]
    assert told(shop, "loma linda franks") == []


def test_words_that_stand_anywhere_are_no_maker(shop: Engine) -> None:
    assert asking(shop)("gluten free pasta") == []


def test_words_of_two_kinds_in_one_path_are_no_thing(shop: Engine) -> None:
    assert asking(shop)("birthday candles") == ["C1"]
    assert {"C2", "C3"} <= set(asking(shop)("birthday party"))


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("pirate costume with different colors", "pirate costume"),
        ("type of watch", "watch"),
        ("styles of watches", "watches"),
    ],
)
def test_words_about_choice_are_no_part_of_the_thing(
    shop: Engine, question: str, same: str
) -> None:
    assert shop.read(question)[0].phrase == same


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Turtle Fur - Double-Layer Neck Warmer, Chelonia 150 Fleece", True),
        ("Neck warmer", True),
        ("Neck warmers for men", True),
        ("Fleece neck warmer 12 in", True),
        ("Neck warmer holder", False),
        ("Warmer for your neck", False),
        ("", False),
    ],
)
def test_names(title: str, named: bool) -> None:
    assert names(title, ["neck", "warmer"]) is named


def test_what_titles_are_called_is_no_activity_with_a_word_of_its_name(shop: Engine) -> None:
    assert set(asking(shop)("chili sauce")) <= {"H1", "H2"}
    assert {"K1", "K2"} <= set(asking(shop)("chili night"))


def test_terms_are_told_as_they_were_written() -> None:
    assert as_said("barnes christmas bells", ("barne", "christma")) == "barnes christmas"
    assert as_said("o'brien <b>", ("o'brien", "b")) == "o'brien b"
