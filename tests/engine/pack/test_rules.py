from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.pack import Accepts, Rule, apply_rule
from goeswith.engine.pack.rules import fold_value
from goeswith.engine.pack.schema import Test

_TABLE = Accepts("r", ("RF", "Canon RF"), ("RF", "RF-S", "Canon RF"))


def _rule(test: Test) -> Rule:
    return Rule(
        "r",
        ("left",),
        ("right",),
        ("a", "a2"),
        ("b", "b2"),
        test,
        "It fits as it is.",
        "It does not fit.",
    )


@pytest.mark.parametrize(
    ("test", "left", "right", "expected"),
    [
        ("equal", "67 mm", "67mm", "accept"),
        ("equal", "67", "67 mm", "accept"),
        ("equal", "67 mm", "77 mm", "reject"),
        ("equal", "1.5", "15", "reject"),
        ("equal", "1,5 in", '1.5"', "accept"),
        ("equal", "67 mm", "67 in", "reject"),
        ("equal", "LP-E17", "lp e17", "accept"),
        ("equal", "S23", "S23+", "reject"),
        ("equal", "SD|CF", "SD", "reject"),
        ("overlap", "SD|CFexpress Type B", "CFexpress Type B", "accept"),
        ("overlap", "SD", "microSD", "reject"),
        ("overlap", "EN-EL15a|EN-EL15c", "EN-EL15", "reject"),
        ("accepts", "RF", "RF-S", "accept"),
        ("accepts", "canon rf", "RF-S", "accept"),
        ("accepts", "RF-S", "RF", "reject"),
        ("accepts", "RF", "EF", "reject"),
        ("accepts", "PK", "pk", "accept"),
        ("at_least", "650 W", "750W", "accept"),
        ("at_least", "650 W", "650 watts", "accept"),
        ("at_least", "850", "750 W", "reject"),
        ("at_least", "1 kW", "750 W", "unknown"),
        ("at_least", "plenty", "750 W", "unknown"),
        ("at_least", "650|750", "750", "unknown"),
        ("at_most", "320 mm", "305 mm", "accept"),
        ("at_most", "320 mm", "321 mm", "reject"),
    ],
)
def test_each_way_of_comparing(test: Test, left: str, right: str, expected: str) -> None:
    assert apply_rule(_rule(test), {"a": left}, {"b": right}, [_TABLE]) == expected


@pytest.mark.parametrize("test", ["equal", "overlap", "accepts", "at_least", "at_most"])
def test_a_missing_attribute_is_unknown(test: Test) -> None:
    rule = _rule(test)
    assert apply_rule(rule, {}, {"b": "67"}) == "unknown"
    assert apply_rule(rule, {"a": "67"}, {"b": "|"}) == "unknown"
    assert apply_rule(rule, {"a": "67"}, {"c": "67"}) == "unknown"


def test_the_first_attribute_with_a_value_counts() -> None:
    rule = _rule("equal")
    assert apply_rule(rule, {"a": "", "a2": "67"}, {"b2": "67"}) == "accept"
    assert apply_rule(rule, {"a": "58", "a2": "67"}, {"b": "67"}) == "reject"


def test_a_table_of_another_rule_does_not_help() -> None:
    other = Accepts("other", ("RF",), ("EF",))
    assert apply_rule(_rule("accepts"), {"a": "RF"}, {"b": "EF"}, [other]) == "reject"


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_values_give_a_finding(left: str, right: str) -> None:
    for test in ("equal", "overlap", "accepts", "at_least", "at_most"):
        found = apply_rule(_rule(test), {"a": left}, {"b": right}, [_TABLE])
        assert found in ("accept", "reject", "unknown")
        if not fold_value(left.replace("|", "")) or not fold_value(right.replace("|", "")):
            assert found == "unknown"


@given(st.text(max_size=20))
def test_folding_settles_at_once(value: str) -> None:
    assert fold_value(fold_value(value)) == fold_value(value)
