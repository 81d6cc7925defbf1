"""Every study, on a small slice: what its tables must say there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from goeswith.engine.settings import Settings
from goeswith.eval.anchors import AnchorRules
from goeswith.eval.findings import Findings, Table
from goeswith.eval.model import Study
from goeswith.eval.shophome import Source
from goeswith.eval.statistics import Interval
from goeswith.eval.suites import suite_of
from goeswith.eval.suites.goes_with import load_spec
from goeswith.eval.suites.seasons import CUTS
from goeswith.eval.suites.symbols import SymbolStudy

Run = dict[str, Findings]


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    return


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


def found(name: str, work: Path, settings: Settings, questions: int | None = None) -> Findings:
    study = suite_of(name)
    assert isinstance(study, Study)
    return study.run(work, settings, arms=(), questions=questions, seed=1, progress=quiet)


def row(table: Table, *labels: str) -> tuple[Interval | str, ...]:
    return next(r.figures for r in table.rows if r.labels[: len(labels)] == labels)


def mean(value: Interval | str) -> float:
    assert isinstance(value, Interval)
    return value.mean


@pytest.mark.usefixtures("data")
def test_ranks_find_what_one_search_misses(work: Path, settings: Settings) -> None:
    findings = found("multihop", work, settings)
    table = findings.tables[0]
    ranks = row(table, "MuSiQue", "2", "by rank, gold answers")
    once = row(table, "MuSiQue", "2", "one search")
    assert mean(ranks[0]) > mean(once[0])
    assert mean(ranks[2]) == mean(once[2])
    assert (mean(ranks[3]), mean(ranks[4])) == (3.0, 8.0)
    assert once[3:] == ("none", "none")
    assert {difference.against for difference in findings.differences} == {"one search"}


@pytest.mark.usefixtures("data")
def test_thresholds_keep_their_precision_on_other_pairs(work: Path, settings: Settings) -> None:
    findings = found("intentions", work, settings)
    head = row(findings.tables[0], "head", "all")
    everything = row(findings.tables[1], "everything")
    assert abs(mean(everything[0]) - 1 / 3) < 0.01
    assert mean(head[0]) > 0.8
    assert mean(head[1]) > 0.5
    assert {r.labels[1] for r in findings.tables[0].rows} == {
        "all",
        "used_for",
        "substitute",
        "often_bought_with",
    }


@pytest.mark.usefixtures("data")
def test_the_gate_takes_what_is_made_for_the_mount_and_nothing_else(
    work: Path, settings: Settings
) -> None:
    outcomes, precision = found("compat", work, settings, 200).tables
    assert mean(row(outcomes, "made for the mount")[0]) == 1.0
    assert mean(row(outcomes, "does not fit")[1]) == 1.0
    assert mean(row(outcomes, "accepted by the mount")[1]) == 1.0
    assert mean(row(precision, "made for the mount")[0]) == 1.0


def test_the_guard_gives_no_false_hit_where_embeddings_do(work: Path, settings: Settings) -> None:
    findings = found("paraphrase", work, settings, 150)
    pairs, crossed = findings.tables
    assert mean(row(pairs, "guard (shipped)", "never tuned on")[2]) == 0.0
    assert mean(row(pairs, "embedding >= 0.80", "never tuned on")[2]) > 0.2
    assert mean(row(pairs, "guard (shipped)", "never tuned on")[0]) > 0.4
    assert row(pairs, "guard (shipped)", "adversarial")[0] == "no paraphrases"
    assert len(crossed.rows) == 4
    assert "at most" in findings.headline


def test_behaviour_survives_symbols_whole(
    tiny_files: Source, tmp_path: Path, settings: Settings
) -> None:
    """In a shop whose words mean nothing to begin with, symbols cost nothing."""
    spec = msgspec.structs.replace(
        load_spec("grocery.toml"),
        anchors=AnchorRules(least_baskets=10, least_truth=2, name_share=0.8, head_share=0.5),
    )
    study = SymbolStudy(tiny_files, spec)
    arms = ("behaviour", "query-time", "random")
    findings = study.run(
        tmp_path / "work", settings, arms=arms, questions=40, seed=1, progress=quiet
    )
    table = findings.tables[0]
    for arm in ("behaviour", "query-time"):
        words, symbols, survives = row(table, arm)
        assert mean(words) > 0.6
        assert mean(symbols) > 0.6
        assert mean(survives) > 0.85
    assert mean(row(table, "random")[0]) < 0.3


@pytest.mark.usefixtures("data")
def test_every_cut_of_the_year_has_its_own_questions(work: Path, settings: Settings) -> None:
    study = suite_of("giftware-seasons")
    assert isinstance(study, Study)
    findings = study.run(
        work, settings, arms=("behaviour", "random"), questions=8, seed=1, progress=quiet
    )
    rows = findings.tables[0].rows
    assert len({r.labels[0] for r in rows}) == len(CUTS)
    for cut in {r.labels[0] for r in rows}:
        assert mean(row(findings.tables[0], cut, "behaviour")[0]) > 0.8
        assert mean(row(findings.tables[0], cut, "random")[0]) < 0.8


@pytest.mark.usefixtures("data")
def test_an_accessory_that_names_its_device_is_told_from_mixed_pairs(
    work: Path, settings: Settings
) -> None:
    table = found("electronics-fits", work, settings).tables[0]
    assert mean(row(table, "one supplier")[0]) == 1.0
    assert mean(row(table, "mixed")[0]) == 0.0
