"""The harness must not flatter: no truth in an arm, no future in an index, no luck in a verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from goeswith.engine.model import type_name
from goeswith.eval.arms import ARMS, chosen
from goeswith.eval.asking import Asking, ask_all
from goeswith.eval.model import Arm, Asked, Given, Prepared
from goeswith.eval.report import CEILING, Circumstances, make_report
from goeswith.eval.run import Played, asked_of, ceiling, judged, key_list, play, shuffled
from goeswith.eval.stand import Stand
from goeswith.eval.statistics import bootstrap, randomisation

TOLD = Circumstances("tiny", "a made-up shop", 3)


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    return


class KeyArm(Arm):
    """Cheats: it is given the answer key."""

    def __init__(self, prepared: Prepared) -> None:
        self._truth = prepared.truth

    def answer(self, asked: Asked) -> Given:
        return Given(key_list(self._truth, asked.id))


@pytest.fixture(scope="module")
def asked(tiny: Prepared) -> dict[str, Asking]:
    """What every arm gives in the tiny shop. No truth is needed to ask."""
    stand = Stand(tiny.home, tiny.settings, 3, log=tiny.log)
    return {
        name: ask_all(make, stand, asked_of(tiny), tell=lambda _: None, clock=lambda: 0.0)
        for name, make in ARMS.items()
    }


def judge(prepared: Prepared, asked: dict[str, Asking]) -> dict[str, Played]:
    stand = Stand(prepared.home, prepared.settings, 3)
    return {name: judged(prepared, asking, stand) for name, asking in asked.items()}


GRAPHS = ("hybrid", "query-time", "static", "behaviour")


@pytest.mark.parametrize("arm", GRAPHS)
def test_a_graph_finds_what_goes_together_in_a_tiny_shop(
    tiny: Prepared, asked: dict[str, Asking], arm: str
) -> None:
    played = judge(tiny, asked)
    found = played[arm].scores["nDCG@10"]
    assert found.mean() > 0.6
    for floor in ("random", "popular", "retrieval"):
        assert randomisation(found, played[floor].scores["nDCG@10"], 3) < 0.001


def test_shuffled_truth_brings_every_arm_to_chance(
    tiny: Prepared, asked: dict[str, Asking]
) -> None:
    for seed in range(3):
        played = judge(shuffled(tiny, seed), asked)
        chance = played["random"].scores["nDCG@10"]
        for name in (*GRAPHS, "retrieval"):
            own = played[name].scores["nDCG@10"]
            assert own.mean() < 0.2, name
            assert bootstrap(own - chance, 3).low < 0.05, name


def test_the_shuffle_test_catches_an_arm_that_saw_the_truth(tiny: Prepared) -> None:
    mixed = shuffled(tiny, 0)
    arms: dict[str, Callable[[Stand], Arm]] = {"leak": lambda _: KeyArm(mixed)}
    assert play(mixed, arms, 3, quiet)["leak"].scores["nDCG@10"].mean() > 0.9


def test_shuffling_leaves_no_question_its_own_truth(tiny: Prepared) -> None:
    mixed = shuffled(tiny, 5)
    assert sorted(mixed.truth) == sorted(tiny.truth)
    assert all(mixed.truth[q] is not tiny.truth[q] for q in tiny.truth)
    assert mixed.facts["truth"] == "shuffled"


def test_the_answer_key_reaches_the_ceiling(tiny: Prepared) -> None:
    arms: dict[str, Callable[[Stand], Arm]] = {"key": lambda _: KeyArm(tiny)}
    scores = play(tiny, arms, 3, quiet)["key"].scores
    assert np.allclose(scores["nDCG@10"], 1.0)
    best = ceiling(tiny)
    assert all(np.array_equal(scores[name], best[name]) for name in tiny.measures)


def test_an_arm_is_told_the_question_and_nothing_else(tiny: Prepared) -> None:
    assert Asked.__struct_fields__ == ("id", "text", "phrase", "basket", "wants")
    stand = Stand(tiny.home, tiny.settings, 3)
    names = {"home", "settings", "seed", "work", "log", "replies", "record", "missing", "rounds"}
    assert set(vars(stand)) == names
    for question in tiny.questions:
        assert question.asked.text == f"what goes with {question.asked.phrase}"


def test_no_arm_can_tell_what_happened_later(
    tiny: Prepared, asked: dict[str, Asking], make: Callable[..., Prepared]
) -> None:
    """The same first weeks with another future: every arm must give the same lists."""
    one, other = tiny, make(99)
    assert {q.asked.id: dict(one.truth[q.asked.id]) for q in one.questions} != {
        q.asked.id: dict(other.truth[q.asked.id]) for q in other.questions
    }
    other = msgspec.structs.replace(
        other, questions=one.questions, truth=one.truth, extra=one.extra
    )
    assert one.log == other.log
    first, second = judge(one, asked), play(other, ARMS, 3, quiet)
    for name in ARMS:
        assert first[name].items == second[name].items, name


def test_the_anchor_itself_counts_for_no_arm(tiny: Prepared) -> None:
    played = play(tiny, chosen(["retrieval"]), 3, quiet)
    for question, items in zip(tiny.questions, played["retrieval"].items, strict=True):
        assert question.own.isdisjoint(items)
        assert question.own.isdisjoint(tiny.truth[question.asked.id])


def test_the_engine_arm_reads_the_answer_from_top_to_bottom(tiny: Prepared, tmp_path: Path) -> None:
    played = play(tiny, chosen(["engine"]), 3, quiet)["query-time"]
    stand = Stand(tiny.home, tiny.settings, 3)
    with stand.engine(tmp_path) as engine:
        for question, items in zip(tiny.questions, played.items, strict=True):
            body = engine.ask(question.asked.text, use_cache=False).data()
            read = [type_name(p.product_type) for group in body.groups for p in group.products]
            assert list(items) == [t for t in dict.fromkeys(read) if t not in question.own]


def test_a_run_can_be_repeated(tiny: Prepared, asked: dict[str, Asking]) -> None:
    again = play(tiny, ARMS, 3, quiet, clock=lambda: 0.0)
    first, second = (
        make_report(TOLD, tiny, _untimed(played)) for played in (judge(tiny, asked), again)
    )
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert {cell.arm for cell in first.cells} == {*ARMS, CEILING} - {"logicrag"}
    assert {row.arm for row in first.conduct if row.not_run} == {"logicrag"}


def _untimed(played: dict[str, Played]) -> dict[str, Played]:
    """Return the same without the seconds that building beforehand took."""
    replace = msgspec.structs.replace
    return {
        name: replace(arm, built=replace(arm.built, seconds=0.0)) for name, arm in played.items()
    }


@pytest.mark.parametrize("field", ["questions", "truth"])
def test_every_question_has_truth(tiny: Prepared, field: str) -> None:
    assert len(getattr(tiny, field)) == len(tiny.questions) > 30
    assert all(any(tiny.truth[q.asked.id].values()) for q in tiny.questions)
