"""The page must be whole by itself, and no text of a catalog may become markup in it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from goeswith.eval.arms import chosen
from goeswith.eval.files import read, write
from goeswith.eval.findings import Curve, Findings, Row, Table
from goeswith.eval.model import Prepared
from goeswith.eval.page import page
from goeswith.eval.report import Circumstances, Report, make_report, study_report
from goeswith.eval.run import play
from goeswith.eval.statistics import Interval, exactly

EVIL = '</script><img src=x onerror="alert(1)">&amp;'


class Tags(HTMLParser):
    """Collects what a browser would fetch, and checks that elements end."""

    VOID = frozenset({"meta", "input", "br", "line", "circle", "polygon", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.fetched += [f"{k}={v}" for k, v in attrs if k in {"src", "href", "action", "data"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report(tiny: Prepared) -> Report:
    played = play(tiny, chosen(["query-time", "behaviour", "random"]), 3, lambda *_: None)
    told = Circumstances("tiny", "a made-up shop", 3, "goeswith eval tiny", {"python": "3"})
    return make_report(told, tiny, played)


def parsed(html: bytes) -> Tags:
    tags = Tags()
    tags.feed(html.decode())
    assert tags.open == []
    return tags


def test_it_fetches_nothing_and_every_element_ends(report: Report) -> None:
    html = page(report)
    tags = parsed(html)
    assert tags.fetched == []
    assert b"url(" not in html
    assert b"@import" not in html
    assert "svg" in tags.names


def test_it_shows_figures_verdicts_and_how_to_run_again(report: Report) -> None:
    html = page(report).decode()
    for told in ("95%", "Holm", "answer key", "goeswith eval tiny", "significantly better than"):
        assert told in html
    cell = report.cells[0]
    assert f"{cell.value.mean:.3f}" in html


def test_every_question_is_in_it(report: Report) -> None:
    found = re.search(r'id="cases">(.*?)</script>', page(report).decode(), re.DOTALL)
    assert found
    told = json.loads(found[1])
    assert [case["text"] for case in told["cases"]] == [case.text for case in report.cases]
    assert (told["left"], told["right"]) == ("query-time", "behaviour")


def test_text_of_a_catalog_never_becomes_markup(report: Report) -> None:
    replace = msgspec.structs.replace
    case = report.cases[0]
    shown = replace(case.lists["behaviour"][0], label=EVIL, why=EVIL)
    evil = replace(
        report,
        suite=EVIL,
        about=EVIL,
        command=EVIL,
        facts={EVIL: EVIL},
        tables=(Table(EVIL, (EVIL,), (EVIL,), (Row((EVIL,), (EVIL,)),), EVIL),),
        curves=(Curve(EVIL, EVIL, EVIL, {EVIL: ((1.0, exactly(2.0)),)}, EVIL),),
        comparisons=tuple(replace(row, arm=EVIL, measure=EVIL) for row in report.comparisons),
        cases=(replace(case, text=EVIL, stratum=EVIL, lists={"behaviour": (shown,)}),),
    )
    html = page(evil)
    tags = parsed(html)
    assert "img" not in tags.names
    assert b'onerror="' not in html
    assert html.count(b"</script>") == 2


def test_a_study_has_tables_and_curves() -> None:
    points = tuple((float(x), Interval(5, x / 10, x / 20, x / 5)) for x in range(1, 6))
    found = Findings(
        (
            Table(
                "by size", ("size",), ("hit rate",), (Row(("10",), (Interval(9, 0.5, 0.4, 0.6),)),)
            ),
        ),
        (Curve("hits over time", "questions", "hit rate", {"warm": points, "cold": ()}),),
        headline="Half are hits.",
    )
    html = page(study_report(Circumstances("replay", "a log", 1), found, 9)).decode()
    parsed(html.encode())
    for told in ("by size", "0.500 [0.400, 0.600]", "Half are hits.", "polyline"):
        assert told in html


def test_a_report_is_read_as_it_was_written(report: Report, tmp_path: Path) -> None:
    written = write(report, tmp_path)
    assert {path.name for path in written} >= {"report.html", "report.json", "means.csv"}
    assert read(tmp_path) == report == read(tmp_path / "report.json")
