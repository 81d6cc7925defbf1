"""Runs that go on where they stopped, arms asked at once, studies, measures beside ir-measures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
import pytest

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval import arms as registry
from goeswith.eval.asking import ask_all, place_of
from goeswith.eval.errors import EvalUsageError, NotRun
from goeswith.eval.findings import Findings, Row, Table
from goeswith.eval.model import Arm, Asked, Given, Grades, Prepared, Question
from goeswith.eval.report import Circumstances
from goeswith.eval.session import Wish, evaluate
from goeswith.eval.stand import Stand
from goeswith.eval.statistics import exactly

TOLD = Circumstances("tiny", "a made-up shop", 3)


class TinySuite:
    name = "tiny"
    about = "a made-up shop"

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared

    def prepare(
        self,
        work: Path,
        settings: Settings,
        *,
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Prepared:
        return self.prepared


class CountingArm(Arm):
    asked: ClassVar[list[str]] = []

    def __init__(self, stand: Stand) -> None:
        self.stand = stand

    def answer(self, asked: Asked) -> Given:
        if len(self.asked) == 20:
            raise KeyboardInterrupt
        self.asked.append(asked.id)
        return Given((asked.id,))


class LongLists:
    """How long a list is, for head questions only."""

    name = "length"
    more = False

    def of(self, question: Question, grades: Grades, given: Given, stand: Stand) -> float:
        return float(len(given.items)) if question.stratum == "head" else math.nan


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    return


def test_a_run_that_was_stopped_goes_on_where_it_was(tiny: Prepared, tmp_path: Path) -> None:
    CountingArm.asked.clear()
    asked = [question.asked for question in tiny.questions]
    stand = Stand(tiny.home, tiny.settings, 3, work=tmp_path)
    file = place_of("tiny", "counting", stand, asked)
    with pytest.raises(KeyboardInterrupt):
        ask_all(CountingArm, stand, asked, tell=lambda _: None, file=file)
    with file.open("ab") as torn:
        torn.write(b'{"id": "q1", "giv')
    first = CountingArm.asked.copy()
    CountingArm.asked.clear()
    CountingArm.asked += ["-"] * 21
    done = ask_all(CountingArm, stand, asked, tell=lambda _: None, file=file)
    assert CountingArm.asked[21:] == [question.id for question in asked[len(first) :]]
    assert [line.id for line in done.lines] == [question.id for question in asked]
    again = ask_all(CountingArm, stand, asked, tell=lambda _: None, file=file)
    assert again == done
    assert len(CountingArm.asked) == 21 + len(asked) - 20


def test_other_questions_seeds_and_settings_are_kept_apart(tiny: Prepared, tmp_path: Path) -> None:
    asked = [question.asked for question in tiny.questions]
    stand = Stand(tiny.home, tiny.settings, 3, work=tmp_path)
    moved = msgspec.structs.replace(tiny.settings, home=tmp_path)
    budget = msgspec.structs.replace(tiny.settings.budget, needs=3)
    other = msgspec.structs.replace(tiny.settings, budget=budget)
    places = [
        place_of("tiny", "behaviour", stand, asked),
        place_of("tiny", "retrieval", stand, asked),
        place_of("tiny", "behaviour", stand, asked[1:]),
        place_of("tiny", "behaviour", stand, asked, b"recorded"),
        place_of("tiny", "behaviour", Stand(tiny.home, tiny.settings, 4, work=tmp_path), asked),
        place_of("tiny", "behaviour", Stand(tiny.home, other, 3, work=tmp_path), asked),
    ]
    assert len(set(places)) == len(places)
    same = Stand(tiny.home, moved, 3, work=tmp_path)
    assert place_of("tiny", "behaviour", same, asked) == places[0]


def test_arms_asked_at_once_give_the_same(
    tiny: Prepared, settings: Settings, tmp_path: Path
) -> None:
    wish = Wish(("behaviour", "random"), seed=3, jobs=2)
    both = evaluate(TinySuite(tiny), wish, tmp_path / "2", settings, TOLD, quiet)
    one = msgspec.structs.replace(wish, jobs=1)
    alone = evaluate(TinySuite(tiny), one, tmp_path / "1", settings, TOLD, quiet)
    assert [case.lists for case in both.cases] == [case.lists for case in alone.cases]
    assert both.cells == alone.cells


def test_an_arm_that_cannot_work_is_told_and_has_no_figure(
    tiny: Prepared, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needs_more(_stand: Stand) -> Arm:
        raise NotRun("it needs an LM")

    monkeypatch.setattr(registry, "ARMS", {**registry.ARMS, "wise": needs_more})
    wish = Wish(("random", "wise"), seed=3)
    report = evaluate(TinySuite(tiny), wish, tmp_path, settings, TOLD, quiet)
    assert {row.arm: row.not_run for row in report.conduct} == {
        "random": "",
        "wise": "it needs an LM",
    }
    assert "wise" not in {cell.arm for cell in report.cells}
    assert not report.comparisons


def test_a_measure_of_a_suite_counts_only_where_it_makes_sense(
    tiny: Prepared, settings: Settings, tmp_path: Path
) -> None:
    prepared = msgspec.structs.replace(tiny, extra=(LongLists(),))
    wish = Wish(("query-time", "random"), seed=3)
    report = evaluate(TinySuite(prepared), wish, tmp_path, settings, TOLD, quiet)
    heads = sum(question.stratum == "head" for question in tiny.questions)
    cells = {(c.arm, c.stratum): c.value for c in report.cells if c.measure == "length"}
    assert cells.keys() == {(a, s) for a in ("query-time", "random") for s in ("all", "head")}
    assert all(value.n == heads for value in cells.values())
    row = next(row for row in report.comparisons if row.measure == "length")
    assert row.better == (row.difference.mean < 0)
    assert not np.isnan(
        [value for case in report.cases for value in case.scores["random"].values()]
    ).any()


class CountStudy:
    name = "count"
    about = "counts"
    takes: ClassVar[tuple[str, ...]] = ("static", "hybrid")

    def run(
        self,
        work: Path,
        settings: Settings,
        *,
        arms: Sequence[str],
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Findings:
        rows = tuple(Row((arm,), (exactly(1.0), "not run")) for arm in arms)
        return Findings(
            (Table("counted", ("arm",), ("one", "none"), rows),), facts={"questions": 7}
        )


def test_a_study_runs_itself(settings: Settings, tmp_path: Path) -> None:
    report = evaluate(CountStudy(), Wish(), tmp_path, settings, TOLD, quiet)
    assert report.questions == 7
    assert [row.labels for row in report.tables[0].rows] == [("static",), ("hybrid",)]
    one = evaluate(CountStudy(), Wish(("hybrid",)), tmp_path, settings, TOLD, quiet)
    assert len(one.tables[0].rows) == 1


@pytest.mark.parametrize(
    "wish",
    [
        Wish(("random",)),
        Wish(shuffle=True),
        Wish(replies=Path("x")),
        Wish(record=Path("x")),
        Wish(asked_log=True),
    ],
)
def test_a_study_refuses_what_it_cannot_do(wish: Wish, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(EvalUsageError, match="count"):
        evaluate(CountStudy(), wish, tmp_path, settings, TOLD, quiet)
