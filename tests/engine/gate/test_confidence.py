from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.gate.confidence import MAX_CONFIDENCE, confidence, score_of_lift
from goeswith.engine.model import Evidence

scores = st.floats(0, 1)


def supports(score: float) -> Evidence:
    return Evidence("behaviour", "supports", score, "x", "1")


def contradicts(score: float) -> Evidence:
    return Evidence("behaviour", "contradicts", score, "x", "1")


@given(st.lists(scores, max_size=6), st.lists(scores, max_size=6), scores)
def test_support_never_lowers_and_doubt_never_raises(
    good: list[float], bad: list[float], more: float
) -> None:
    evidence = [*map(supports, good), *map(contradicts, bad)]
    base = confidence(evidence)
    assert 0.0 <= base <= MAX_CONFIDENCE
    assert confidence([*evidence, supports(more)]) >= base - 1e-4
    assert confidence([*evidence, contradicts(more)]) <= base + 1e-4


def test_nothing_is_believed_without_evidence() -> None:
    assert confidence([]) == 0.0


def test_two_reasons_add_up() -> None:
    assert confidence([supports(0.5), supports(0.5)]) == 0.75


def test_chance_alone_is_below_what_any_policy_accepts() -> None:
    assert score_of_lift(1.0) < 0.45
    assert score_of_lift(0.0) == 0.0
    assert score_of_lift(1000.0) == 0.99
