from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.cache.keys import answer_key, key_of

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def shape(value: Any) -> Any:
    """A value with its types, so that 1, True and 1.0 differ as they must."""
    if isinstance(value, dict):
        return ("m", tuple((k, shape(value[k])) for k in sorted(value)))
    if isinstance(value, list):
        return ("l", tuple(map(shape, value)))
    return (type(value).__name__, repr(value))


def test_the_form_is_pinned() -> None:
    assert (
        answer_key("tent for two", {"price_max": 80.0, "brands": ["acme"]}, "en-US", {"schema": 1})
        == "e23c15f3d74a041e0328236384f3cd00665c1a50"
    )


@given(plain, plain)
def test_different_parts_have_different_keys(one: Any, other: Any) -> None:
    assert (key_of("d", one) == key_of("d", other)) == (shape(one) == shape(other))


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_parts_never_run_into_each_other(one: list[str], other: list[str]) -> None:
    assert (key_of("d", *one) == key_of("d", *other)) == (one == other)


def test_the_order_of_names_does_not_matter() -> None:
    assert key_of("d", {"a": 1, "b": 2}) == key_of("d", {"b": 2, "a": 1})


def test_domains_are_apart() -> None:
    assert key_of("d", "x") != key_of("e", "x")


def test_lone_surrogates_have_a_key() -> None:
    assert key_of("d", "\ud800") != key_of("d", "?")


def test_other_data_is_refused() -> None:
    with pytest.raises(TypeError, match="plain data"):
        key_of("d", object())  # type: ignore[arg-type]
