"""One table of many runs."""

from __future__ import annotations

import msgspec

from goeswith.eval.findings import Findings, Row, Table
from goeswith.eval.report import KEPT, Circumstances, Report, study_report
from goeswith.eval.statistics import exactly
from goeswith.eval.summary import summary
from tests.eval.conftest import Scored


def cells(report: Report) -> list[str]:
    return [cell.strip() for cell in summary([report]).splitlines()[-1].strip("|").split("|")]


def test_the_best_other_arm_stands_beside_the_product(scored: Scored) -> None:
    suite, n, _, measure, best, own, verdict = cells(scored(hybrid=0.6, behaviour=0.4, random=0.1))
    assert (suite, n, measure, verdict) == ("tiny", "60", "nDCG@10", "better")
    assert best.startswith("behaviour 0.4")
    assert own.startswith("hybrid 0.6")


def test_every_arm_that_beats_the_product_is_named(scored: Scored) -> None:
    told = cells(scored(hybrid=0.4, behaviour=0.6, static=0.5, random=0.1))[-1]
    assert told == "worse; also worse than static"


def test_what_the_test_cannot_tell_apart_is_told_as_such(scored: Scored) -> None:
    assert cells(scored(hybrid=0.5, static=0.5, random=0.1))[-1] == "not told apart"


def test_time_and_what_it_does_not_hold(scored: Scored) -> None:
    report = msgspec.structs.replace(scored(hybrid=0.5, random=0.1), seconds=90.0)
    assert cells(report)[2] == "1.5"
    again = msgspec.structs.replace(report, facts=report.facts | {KEPT: 1})
    assert cells(again)[2] == "at least 1.5"


def test_a_study_says_its_sentence(scored: Scored) -> None:
    found = Findings((), headline="It holds.")
    study = study_report(Circumstances("drift", "", 3), found, 1200)
    told = summary([study, scored(hybrid=0.5, random=0.1)])
    assert "- `drift` (n = 1,200): It holds." in told


def test_a_study_without_a_sentence_tells_its_first_figures() -> None:
    rows = (Row(("made for it",), (exactly(1.0, 9), exactly(0.0, 9))), Row(("not",), ("not run",)))
    found = Findings((Table("what the gate says", ("pairs",), ("accepted", "refused"), rows),))
    told = summary([study_report(Circumstances("compat", "", 3), found, 9)])
    assert told.endswith("what the gate says, accepted: made for it 1.00; not not run.")
