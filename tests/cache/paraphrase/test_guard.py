import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.cache.paraphrase import Asked, Kind, compare
from goeswith.cache.paraphrase.guard import guard_version, kind_of, shape_of
from goeswith.cache.paraphrase.tables import load_tables

WORDS = [
    "sofa",
    "couch",
    "lens",
    "case",
    "phone",
    "iphone",
    "pro",
    "max",
    "black",
    "leather",
    "for",
    "with",
    "without",
    "no",
    "not",
    "of",
    "in",
    "that",
    "is",
    "2",
    "two",
    "15",
    "50mm",
    "mm",
    "gb",
    "size",
    "8",
    "xl",
    ",",
    "the",
    "a",
    "men's",
    "kids",
    "dog",
    "waterproof",
    "canned",
    "tomatoes",
    "4x6",
    "f/1.8",
    "a6400",
    "lp-e17",
    "70-200mm",
    "milk",
    "chocolate",
    "5",
    "x",
    "7",
    "$20",
    "2%",
    "non",
    "stick",
]
phrases = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
texts = st.one_of(phrases, st.text(max_size=40))
named = st.sampled_from(["find", "anchor", "wanted", "activity"])
records = st.builds(
    Asked,
    intent=st.sampled_from(["find", "complement", "substitute"]),
    fields=st.lists(st.tuples(named, texts), max_size=3).map(tuple),
    locale=st.sampled_from(["en", "en-us", "de"]),
    price=st.tuples(st.none() | st.floats(0, 99), st.none() | st.floats(0, 99)),
    brands=st.lists(texts, max_size=2).map(tuple),
    not_brands=st.lists(texts, max_size=2).map(tuple),
    not_words=st.lists(texts, max_size=2).map(tuple),
    attributes=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    audience=st.sampled_from(["", "kids", "men"]),
    people=st.integers(0, 9),
    scope=st.sampled_from(["", "v2"]),
)
nouns = st.sampled_from(["tent", "laptop", "tv", "milk", "lens", "diaper", "rug"])
numbers = st.integers(2, 999)
units = st.sampled_from(["", " inch", " gb", " mm", " oz", " pack", " person", "mp"])


def find(text: str, **more: object) -> Asked:
    return msgspec.structs.replace(Asked("find", (("find", text),)), **more)


@given(records)
def test_a_question_is_the_same_as_itself(asked: Asked) -> None:
    assert compare(asked, asked).kind is Kind.SAME


@given(records, records)
def test_the_verdict_is_symmetric_and_follows_from_the_shapes(one: Asked, other: Asked) -> None:
    verdict = compare(one, other).kind
    assert verdict is compare(other, one).kind
    assert verdict is kind_of(shape_of(one), shape_of(other))


@given(nouns, numbers, numbers, units, st.booleans())
def test_a_changed_number_never_passes(
    noun: str, one: int, other: int, unit: str, last: bool
) -> None:
    texts = [f"{noun} {n}{unit}" if last else f"{n}{unit} {noun}" for n in (one, other)]
    kind = compare(find(texts[0]), find(texts[1])).kind
    assert kind is (Kind.SAME if one == other else Kind.DIFFERENT)


@given(nouns, numbers, units, units)
def test_a_changed_unit_never_passes(noun: str, number: int, one: str, other: str) -> None:
    kind = compare(find(f"{number}{one} {noun}"), find(f"{noun} {number}{other}")).kind
    assert (kind is Kind.SAME) <= (one == other)
    if one and other and one != other:
        assert kind is Kind.DIFFERENT


@given(phrases, st.sampled_from(["without", "no", "not", "non", "un"]), nouns)
def test_a_negation_never_passes(phrase: str, negation: str, noun: str) -> None:
    plain = find(f"{noun} with {phrase} lid")
    assert compare(plain, find(f"{noun} {negation} {phrase} lid")).kind is Kind.DIFFERENT


@given(
    records,
    st.sampled_from(
        [
            {"brands": ("acme",)},
            {"not_brands": ("acme",)},
            {"not_words": ("acme",)},
            {"attributes": (("color", "acme"),)},
            {"price": (1000.0, None)},
            {"price": (None, 1000.0)},
            {"people": 77},
            {"audience": "astronauts"},
            {"locale": "fr"},
            {"scope": "other"},
            {"intent": "accessory"},
        ]
    ),
)
def test_a_changed_constraint_never_passes(asked: Asked, change: dict[str, object]) -> None:
    changed = msgspec.structs.replace(asked, **change)
    assert compare(asked, changed).kind is Kind.DIFFERENT


@given(texts, texts, st.sampled_from(["compatible", "complement", "substitute"]))
def test_the_direction_never_passes(one: str, other: str, intent: str) -> None:
    forth = Asked(intent, (("anchor", one), ("wanted", other)))
    back = Asked(intent, (("anchor", other), ("wanted", one)))
    if one.split() != other.split() and compare(find(one), find(other)).kind is not Kind.SAME:
        assert compare(forth, back).kind is not Kind.SAME


@given(st.text(max_size=60), st.sampled_from(["en", "de", "", "../../etc", "x" * 99, "é"]))
def test_any_text_and_locale_can_be_read(text: str, locale: str) -> None:
    shape = shape_of(find(text, locale=locale))
    assert shape == shape_of(find(text, locale=locale))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("leather sofa", "leather couch"),
        ("two person tent", "2-person tent"),
        ("pie crust frozen", "frozen pie crust"),
        ("1 gallon of milk", "milk 1 gallon"),
        ("bread that is gluten free", "gluten free bread"),
        ("tripod made of carbon fiber", "carbon fiber tripod"),
        ("kids toothpaste", "children's toothpaste"),
        ("5 x 7 rug", "rug 5x7"),
        ("a6400 battery", "battery a6400"),
        ("50 mm f1.8 lens", "lens 50 mm f/1.8"),
    ],
)
def test_the_same_in_other_words(one: str, other: str) -> None:
    assert compare(find(one), find(other)).kind is Kind.SAME


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("milk chocolate", "chocolate milk", "order"),
        ("case for phone", "phone for case", "order"),
        ("ef to rf adapter", "rf to ef adapter", "order"),
        ("8 inch pan with 10 inch lid", "10 inch pan with 8 inch lid", "order"),
        ("iphone 15 case", "iphone 15 pro case", "numbers"),
        ("ipad case", "ipad pro case", "models"),
        ("sweetened almond milk", "unsweetened almond milk", "negation"),
        ("men's watch", "women's watch", "audience"),
        ("size 8 shoe", "size 9 shoe", "numbers"),
        ("small crate", "large crate", "sizes"),
        ("red dress", "blue dress", "colors"),
    ],
)
def test_what_differs_is_told(one: str, other: str, reason: str) -> None:
    assert compare(find(one), find(other)) == (Kind.DIFFERENT, reason)


def test_an_unexplained_word_is_unproven() -> None:
    assert compare(find("chicken breast"), find("chicken thigh")).kind is Kind.UNPROVEN


def test_audience_before_the_thing_is_audience_after_it() -> None:
    assert compare(find("men's razor"), find("razor", audience="men")).kind is Kind.SAME
    assert compare(find("men's watch", audience="women"), find("watch")).kind is Kind.DIFFERENT
    crossed = find("women's watch", audience="men")
    assert compare(find("men's watch", audience="women"), crossed).kind is not Kind.SAME


def test_a_leading_brand_is_compared_once() -> None:
    one, other = find("sony headphone", brands=("sony",)), find("headphone", brands=("sony",))
    assert compare(one, other).kind is Kind.SAME


def test_a_language_without_tables_knows_only_equal_words() -> None:
    def kind(one: str, other: str) -> Kind:
        return compare(find(one, locale="de"), find(other, locale="de")).kind

    assert kind("rotes sofa", "rotes sofa") is Kind.SAME
    assert kind("rotes sofa", "rote couch") is Kind.UNPROVEN


def test_every_phrase_of_a_class_stands_for_itself() -> None:
    """A phrase that another class rewrites would make the order of the file matter."""
    for group in load_tables("en").phrases.values():
        for phrase, meaning in group:
            one, other = find(" ".join((*phrase, "thing"))), find(" ".join((*meaning, "thing")))
            assert compare(one, other).kind is Kind.SAME, (phrase, meaning)


def test_shapes_are_the_same_in_every_process() -> None:
    code = (
        "from goeswith.cache.paraphrase import Asked\n"
        "from goeswith.cache.paraphrase.guard import shape_of, guard_version\n"
        "a = Asked('find', (('find', 'black leather sofa 2 pack'),), brands=('b', 'a'))\n"
        "print(shape_of(a).form.hex(), shape_of(a).hard.hex(), guard_version())"
    )
    run = [sys.executable, "-c", code]
    texts = {subprocess.run(run, capture_output=True, text=True, check=True).stdout for _ in "12"}
    assert len(texts) == 1
    assert guard_version() in texts.pop()


def test_importing_the_tier_imports_nothing_heavy() -> None:
    code = "import sys, goeswith.cache.paraphrase; print('faiss' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
