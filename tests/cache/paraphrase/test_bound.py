from hypothesis import given
from hypothesis import strategies as st

from goeswith.cache.paraphrase.bound import NEVER, Observation, serving_from

observations = st.lists(st.builds(Observation, st.floats(-1, 1), st.booleans()), max_size=60)


def seen(count: int, similarity: float, *, correct: bool) -> list[Observation]:
    return [Observation(similarity, correct)] * count


def test_nothing_is_served_without_observations() -> None:
    assert serving_from([]) == NEVER
    assert serving_from(seen(400, 0.9, correct=False)) == NEVER


def test_a_few_right_answers_are_not_enough_and_many_are() -> None:
    assert serving_from(seen(5, 0.9, correct=True)) == NEVER
    bound = serving_from(seen(200, 0.9, correct=True))
    assert bound < 0.95


def test_a_wrong_answer_between_right_ones_raises_the_bound() -> None:
    right = seen(200, 0.9, correct=True)
    assert serving_from([*right, *seen(4, 0.92, correct=False)]) > serving_from(right)


@given(observations)
def test_the_order_of_observations_does_not_matter(found: list[Observation]) -> None:
    assert abs_difference(serving_from(found), serving_from(found[::-1])) < 0.006


@given(observations, st.floats(0.6, 1))
def test_a_wrong_answer_never_lowers_the_bound(found: list[Observation], at: float) -> None:
    assert serving_from([*found, Observation(at, False)]) >= serving_from(found) - 0.006


@given(observations)
def test_a_stricter_demand_never_lowers_the_bound(found: list[Observation]) -> None:
    assert serving_from(found, delta=0.001) >= serving_from(found, delta=0.05)


def abs_difference(one: float, other: float) -> float:
    return 0.0 if one == other else abs(one - other)
