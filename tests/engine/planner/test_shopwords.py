"""Questions in a shopper's words over a small shop whose words are others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.planner.understood import NO_PRICES
from goeswith.engine.settings import Settings
from tests.engine.planner.conftest import Ask, asking, opened

GROCERIES = (
    ("L1", "Scoop litter, 14 lb", "Cat litter > Scoop litter"),
    ("M1", "Mops: sponge deck dust", "Brooms and mops > Mops: sponge deck dust"),
    ("M2", "Bath sponges", "Brooms and mops > Sponges: bath household"),
    ("M3", "Brushes", "Brooms and mops > Brushes"),
    ("E1", "Eggs, large, 1 dz", "Eggs > Eggs, large"),
    ("E2", "Eggs, jumbo, 1 dz", "Eggs > Eggs, jumbo"),
    ("B1", "Butter, 1 lb", "Butter > Butter"),
    ("B2", "Peanut butter, 16 oz", "Jelly and jam > Peanut butter"),
    ("B3", "Margarine, 1 lb", "Margarines > Margarine"),
    ("W1", "White bread", "Bread > Bread"),
    ("F1", "All purpose flour, 5 lb", "Flour > All purpose flour"),
    ("N1", "Lined paper notebook", "Stationery > Notebook"),
    ("G1", "Grapes red, 2 lb", "Grapes > Grapes red"),
    ("V1", "Table wine, 750 ml", "Wine > Table wines"),
    ("P1", "Spaghetti pasta, 16 oz", "Pasta > Dry pasta"),
    ("P2", "Gluten free cereal, 12 oz", "Cereal > Gluten free cereal"),
    ("X1", "Candy box", "Candy > Candy boxes"),
    ("X2", "Lunch meat, 8 oz", "Deli > Lunch meat"),
    ("R1", "Fresh flowers", "Floral > Flowers"),
    ("R2", "Pancake mix, 2 lb", "Baking > Pancake mix"),
    ("R3", "Salad mix, 10 oz", "Produce > Salad mix"),
    ("R4", "Charcoal, 9 lb", "Charcoal > Charcoal"),
    ("R5", "Hamburger patties, 2 lb", "Beef > Hamburger patties"),
    ("R6", "Barbecue sauce, 18 oz", "Sauces > Barbecue sauce"),
    ("R7", "Paper plates, 100 ct", "Paper > Paper plates"),
    ("R8", "Potato salad, 1 lb", "Deli > Potato salad"),
    ("Y1", "Sour cream, 8 oz", "Milk by-products > Sour creams"),
    ("Y2", "Facial cream, 2 oz", "Hand and body care > Facial creams"),
)
COMPUTERS = (
    ("C1", "Acme 840 silver 14 in", "Notebook"),
    ("C2", "Acme processor", "Processor"),
    ("C3", "Laptop sleeve", ""),
    ("C4", "Cable tester with display", ""),
    ("C5", "Hard case for Zed 6", "Cases"),
    ("C6", "Hard case for Zed 7", "Cases"),
    *((f"D{n}", f"Acme {n} GB kit 2400 memory", "Memory module") for n in range(4)),
    ("D9", "Acme 1600 memory", "Memory module"),
    ("H1", "Acme headphones", "Headphones"),
    ("H2", "Toy phone head", "Playhouse phone"),
    ("A1", "Goggles for smartphones", "Gadgets"),
    ("A2", "Acme smartphone, black", "Gadgets"),
)
BASKETS = [["B1", "W1"], ["E1", "W1"], ["M1", "L1"], ["E2", "B3"], ["W1", "F1"]]


def notes(engine: Engine, question: str) -> list[str]:
    told: list[str] = engine.ask(question, use_cache=False).to_dict().get("notes", [])
    return told


@pytest.fixture(scope="module")
def groceries(tmp_path_factory: pytest.TempPathFactory, spelling: Settings) -> Iterator[Engine]:
    with opened(tmp_path_factory.mktemp("grocer"), GROCERIES, spelling, BASKETS * 9) as engine:
        yield engine


@pytest.fixture(scope="module")
def grocer(groceries: Engine) -> Ask:
    return asking(groceries)


@pytest.fixture(scope="module")
def computers(tmp_path_factory: pytest.TempPathFactory, spelling: Settings) -> Iterator[Ask]:
    with opened(tmp_path_factory.mktemp("computers"), COMPUTERS, spelling) as engine:
        yield asking(engine)


def test_a_tool_is_not_what_it_is_for(grocer: Ask) -> None:
    assert "L1" in grocer("scoop litter")
    assert "L1" not in grocer("litter scoop")


def test_a_shelf_of_several_things_makes_no_thing_of_another(grocer: Ask) -> None:
    found = grocer("what do I need for spring cleaning")
    assert "M1" in found
    assert not {"M2", "M3"} & set(found)


def test_the_same_thing_again_is_no_substitute(grocer: Ask) -> None:
    assert "B3" in grocer("instead of butter")
    assert "B2" not in grocer("instead of butter")


def test_what_is_called_alike_in_another_world_is_no_substitute(grocer: Ask) -> None:
    assert "Y2" not in grocer("instead of sour cream")


def test_who_asks_for_ingredients_names_nothing(groceries: Engine) -> None:
    needs = groceries.ask("ingredients for pancakes", use_cache=False).data().plan.needs
    assert "pancake mix" in [need.phrase for need in needs]
    assert "ingredient" not in [need.phrase for need in needs]


def test_a_thing_is_wanted_unless_the_question_says_to_make_it(grocer: Ask) -> None:
    assert grocer("bread") == ["W1"]
    assert grocer("a different type of bread") == ["W1"]
    assert "F1" in grocer("how do I make bread")


def test_a_name_that_names_other_things_too_is_used_where_it_can_only_mean_this(
    grocer: Ask, computers: Ask
) -> None:
    assert "N1" not in grocer("laptop")
    assert computers("laptop")[0] == "C1"
    assert computers("cable tester") == ["C4"]


def test_what_fits_an_unknown_model_names_it(computers: Ask) -> None:
    assert computers("case for zed 7") == ["C6"]
    assert computers("case for zed 12") == []


def test_the_noun_decides_and_the_word_before_it_ranks(grocer: Ask) -> None:
    assert grocer("red wine") == ["V1"]
    assert "P2" not in grocer("gluten free pasta")
    assert grocer("lunch box") == []


def test_what_no_product_says_is_told(groceries: Engine) -> None:
    assert notes(groceries, "red wine") == ["Nothing here says 'red'."]
    assert notes(groceries, "table wine") == []


def test_a_word_that_enough_products_say_must_hold(computers: Ask) -> None:
    assert set(computers("2400 memory")) == {"D0", "D1", "D2", "D3"}
    assert "D9" in computers("1600 memory")


def test_a_slip_of_the_finger_is_read_as_the_word_of_the_shop(groceries: Engine) -> None:
    answer = groceries.ask("margerine", use_cache=False).to_dict()
    assert answer["notes"] == ["Read as: margarine."]
    assert answer["canonical"] == "[find] margerine"
    assert [p["sku"] for g in answer["groups"] for p in g["products"]] == ["B3"]


def test_two_words_that_the_shop_writes_as_one(computers: Ask) -> None:
    assert computers("head phones") == ["H1"]


def test_a_price_in_a_shop_without_prices_is_told_to_be_unknown(groceries: Engine) -> None:
    answer = groceries.ask("margarine under 2 dollars", use_cache=False).to_dict()
    assert answer["notes"] == [NO_PRICES]
    assert answer["groups"][0]["products"][0]["sku"] == "B3"
    assert not answer["plan"]["needs"][0]["constraints"].get("price_max")


def test_what_is_asked_for_by_name_comes_before_the_occasion(grocer: Ask) -> None:
    found = grocer("flowers for mothers day")
    assert found[0] == "R1"
    assert "R2" in found


def test_a_word_that_says_which_is_no_activity(grocer: Ask) -> None:
    assert "R3" in grocer("what do I need to start a diet")
    assert grocer("diet coke") == []


def test_an_activity_is_found_in_a_long_story(grocer: Ask) -> None:
    story = (
        "we are ten people on saturday and want to have a barbecue in the garden so please tell me "
        "what sort of food and drinks I should buy for everybody"
    )
    assert "R4" in grocer(story)


def test_what_is_for_a_thing_is_not_the_thing(computers: Ask) -> None:
    assert computers("smartphone") == ["A2"]


def test_what_is_unknown_is_told_in_the_words_of_the_question(groceries: Engine) -> None:
    assert notes(groceries, "christmas wine") == ["Nothing here says 'christmas wine'."]
