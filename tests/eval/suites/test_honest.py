"""Every ranked suite, on a small slice: no truth in an arm, and the answer key on top."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from goeswith.engine.settings import Settings
from goeswith.eval.arms import ARMS, chosen
from goeswith.eval.model import Arm, Asked, Given, Prepared, Suite
from goeswith.eval.run import ceiling, key_list, play, shuffled
from goeswith.eval.statistics import bootstrap
from goeswith.eval.suites import suite_of

RANKED = ("electronics", "bundles-food", "pcbuild", "pcbuild-parts", "giftware")
HONEST = ("query-time", "behaviour", "retrieval")


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    return


class KeyArm(Arm):
    """Cheats: it is given the answer key."""

    def __init__(self, prepared: Prepared) -> None:
        self._truth = prepared.truth

    def answer(self, asked: Asked) -> Given:
        return Given(key_list(self._truth, asked.id))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture
def prepared(
    request: pytest.FixtureRequest, data: Path, work: Path, settings: Settings
) -> Prepared:
    assert data.is_dir()
    suite = suite_of(request.param)
    assert isinstance(suite, Suite)
    return suite.prepare(work, settings, questions=None, seed=2, progress=quiet)


@pytest.mark.parametrize("prepared", RANKED, indirect=True)
def test_the_answer_key_reaches_the_ceiling(prepared: Prepared) -> None:
    scores = play(prepared, {"key": lambda _: KeyArm(prepared)}, 3, quiet)["key"].scores
    best = ceiling(prepared)
    assert len(prepared.questions) >= 5
    for name in prepared.measures:
        assert np.array_equal(scores[name], best[name])
    assert np.allclose(best["nDCG@10"], 1.0)


@pytest.mark.parametrize("prepared", ["electronics", "bundles-food", "giftware"], indirect=True)
def test_shuffled_truth_brings_every_arm_to_chance(prepared: Prepared) -> None:
    names = (*HONEST, "random")
    right = play(prepared, chosen(names), 3, quiet)
    wrong = play(shuffled(prepared, 1), chosen(names), 3, quiet)
    chance = wrong["random"].scores["nDCG@10"]
    assert max(right[name].scores["nDCG@10"].mean() for name in HONEST) > 0.5
    for name in HONEST:
        own = wrong[name].scores["nDCG@10"]
        assert bootstrap(own - chance, 3).low < 0.08, name


@pytest.mark.parametrize("prepared", RANKED, indirect=True)
def test_no_arm_is_told_or_given_its_truth(prepared: Prepared) -> None:
    for question in prepared.questions:
        relevant = {item for item, grade in prepared.truth[question.asked.id].items() if grade}
        assert relevant.isdisjoint(question.own)
        assert relevant.isdisjoint(question.asked.basket)
        if question.asked.wants == "sku":
            assert question.own == set(question.asked.basket)
        elif question.asked.basket:
            assert question.own


@pytest.mark.parametrize("prepared", ["pcbuild-parts", "bundles-food"], indirect=True)
def test_the_index_does_not_know_the_baskets_that_are_asked_about(prepared: Prepared) -> None:
    from goeswith.engine.behaviour import Behaviour
    from goeswith.engine.index.home import Home

    behaviour = Behaviour.open(Home(prepared.home).current().folder / "behaviour")
    learnt = [int(v) for k, v in prepared.facts.items() if k.endswith("to learn from")]
    assert behaviour.baskets == learnt[0] < 60


@pytest.mark.parametrize("prepared", ["pcbuild-parts"], indirect=True)
def test_parts_that_do_not_fit_are_counted(prepared: Prepared) -> None:
    played = play(prepared, chosen(["query-time", "random"]), 3, quiet)
    unfit, found = (m.name for m in prepared.extra)
    chance = played["random"].scores[unfit]
    assert np.nanmean(chance) > 0.15
    asked = played["query-time"].scores[unfit]
    assert not np.isnan(asked).all()
    assert np.nanmean(asked) < 0.5 * np.nanmean(chance)
    assert np.nanmax(played["random"].scores[found]) <= 1.0


def test_every_arm_of_the_house_is_tried_here() -> None:
    assert {*HONEST, "random", "popular"} <= set(ARMS)
