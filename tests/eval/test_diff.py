from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from goeswith.eval.arms import chosen
from goeswith.eval.diff import diff
from goeswith.eval.errors import EvalError
from goeswith.eval.files import read
from goeswith.eval.findings import Row, Table
from goeswith.eval.model import Prepared
from goeswith.eval.report import Circumstances, Report, make_report
from goeswith.eval.run import play
from goeswith.eval.statistics import exactly


def run(tiny: Prepared, seed: int) -> Report:
    played = play(tiny, chosen(["behaviour", "random"]), seed, lambda *_: None)
    return make_report(Circumstances("tiny", "", seed), tiny, played)


def test_a_run_is_not_different_from_itself(tiny: Prepared) -> None:
    one = run(tiny, 3)
    found = diff(one, one)
    assert len(found.differences) == 2 * len(one.measures)
    assert not any(row.significant or row.difference.mean for row in found.differences)
    assert "No difference is significant" in found.headline


def test_what_became_worse_is_told(tiny: Prepared) -> None:
    before = run(tiny, 3)
    cases = tuple(
        msgspec.structs.replace(case, scores=case.scores | {"behaviour": case.scores["random"]})
        for case in before.cases
    )
    found = diff(before, msgspec.structs.replace(before, cases=cases))
    verdicts = {(row.arm, row.measure): (row.significant, row.better) for row in found.differences}
    assert verdicts["behaviour after", "nDCG@10"] == (True, False)
    assert verdicts["random after", "nDCG@10"][0] is False
    assert "0 became better and" in found.headline


def test_only_questions_of_both_runs_count(tiny: Prepared) -> None:
    before = run(tiny, 3)
    less = msgspec.structs.replace(before, cases=before.cases[:7])
    found = diff(before, less).differences
    assert {row.difference.n for row in found if row.measure == "nDCG@10"} == {7}
    assert max(row.difference.n for row in found) == 7


def test_figures_of_studies_stand_side_by_side(tiny: Prepared) -> None:
    def told(value: float) -> Report:
        table = Table("t", ("size",), ("hits",), (Row(("1",), (exactly(value),)),))
        return msgspec.structs.replace(run(tiny, 3), cases=(), tables=(table,))

    found = diff(told(0.2), told(0.4))
    assert found.tables[0].rows == (Row(("1", "hits"), (exactly(0.2), exactly(0.4))),)


def test_what_cannot_be_compared_is_told(tiny: Prepared, tmp_path: Path) -> None:
    one = run(tiny, 3)
    with pytest.raises(EvalError, match="different suites"):
        diff(one, msgspec.structs.replace(one, suite="other"))
    with pytest.raises(EvalError, match="share no"):
        diff(one, msgspec.structs.replace(one, cases=()))
    with pytest.raises(EvalError, match="--out"):
        read(tmp_path)
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(EvalError, match="no report of this version"):
        read(tmp_path)
