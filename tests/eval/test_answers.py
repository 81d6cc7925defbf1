from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from goeswith.engine.behaviour.pairs import PairCounts
from goeswith.eval.answers import Diversity, Unsupported
from goeswith.eval.arms import chosen
from goeswith.eval.model import Asked, Given, Prepared, Question
from goeswith.eval.run import play
from goeswith.eval.stand import Stand

QUESTION = Question(Asked("q1", "what goes with x", "x"), "all")


@pytest.fixture
def stand(tiny: Prepared) -> Stand:
    return Stand(tiny.home, tiny.settings, 3)


@pytest.mark.parametrize(
    ("items", "value"),
    [
        (("A > x", "A > y"), 0.0),
        (("A > x", "B > y"), 1.0),
        (("A > x", "A > y", "B > z"), 2 / 3),
        (("A > x",), math.nan),
        ((), math.nan),
    ],
)
def test_variety_is_the_share_of_pairs_of_different_categories(
    stand: Stand, items: tuple[str, ...], value: float
) -> None:
    assert Diversity().of(QUESTION, {}, Given(items), stand) == pytest.approx(value, nan_ok=True)


def test_variety_of_products_is_that_of_their_types(stand: Stand) -> None:
    asked = Asked("q1", "", "", wants="sku")
    question = Question(asked, "all")
    alike, apart = ("P0-0", "P0-1"), ("P0-0", "P1-0")
    assert Diversity().of(question, {}, Given(alike), stand) == 0.0
    assert Diversity().of(question, {}, Given(apart), stand) == 1.0


class Later:
    """Baskets that bear type 1 out, and not type 2 although they could; type 3 they never met."""

    def type_pair(self, a: int, b: int) -> PairCounts:
        assert a == 0
        return {
            1: PairCounts(expected=0.5, verdict="supports"),
            2: PairCounts(expected=9.0, verdict="unknown"),
            3: PairCounts(expected=0.5, verdict="unknown"),
        }[b]


@pytest.mark.parametrize(
    ("items", "value"),
    [
        (("one",), 0.0),
        (("two",), 1.0),
        (("one", "two", "three"), 0.5),
        (("three", "no such type"), math.nan),
    ],
)
def test_what_later_baskets_do_not_bear_out_counts_and_silence_does_not(
    stand: Stand, items: tuple[str, ...], value: float
) -> None:
    later: Any = Later()
    measure = Unsupported(later, {"one": 1, "two": 2, "three": 3}, {"q1": 0})
    assert measure.of(QUESTION, {}, Given(items), stand) == pytest.approx(value, nan_ok=True)


def test_baskets_learnt_from_are_borne_out_more_often_than_chance(tiny: Prepared) -> None:
    played = play(tiny, chosen(["behaviour", "random"]), 3, lambda *_: None)
    name = Unsupported.name
    behaviour, chance = (played[arm].scores[name] for arm in ("behaviour", "random"))
    assert np.nanmean(behaviour) < 0.1
    assert np.nanmean(chance) > 0.5
