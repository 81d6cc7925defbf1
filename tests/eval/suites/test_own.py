from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.engine.settings import Settings
from goeswith.eval.arms import chosen
from goeswith.eval.errors import EvalError, EvalUsageError
from goeswith.eval.run import play
from goeswith.eval.shophome import Source
from goeswith.eval.suites.own import OwnFiles, OwnSuite, timed_baskets


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    return


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_judged_questions_are_scored(
    camera: Path, work: Path, tmp_path: Path, settings: Settings
) -> None:
    questions = write(
        tmp_path / "q.csv",
        "id,question,phrase,basket\na,camera bags,camera bag,\nb,tripods,tripod,X1|X2\nc,no,x,\n",
    )
    catalog = (camera / "catalog.csv").read_text().splitlines()
    sku = next(line.split(",")[0] for line in catalog if "tripod" in line.lower())
    judgments = write(tmp_path / "j.csv", f"id,sku,grade\na,{sku},0\nb,{sku},3\nz,{sku},1\n")
    files = OwnFiles((camera / "catalog.csv",), (camera / "baskets.csv",), questions, judgments)
    prepared = OwnSuite(files).prepare(work, settings, questions=None, seed=1, progress=quiet)
    assert [q.asked.id for q in prepared.questions] == ["b"]
    assert prepared.questions[0].asked.basket == ("X1", "X2")
    assert prepared.questions[0].own == {"X1", "X2"}
    assert prepared.truth == {"b": {sku: 3}}
    played = play(prepared, chosen(["retrieval"]), 1, quiet)["retrieval"]
    assert played.scores["nDCG@10"][0] > 0


def test_questions_alone_are_asked_and_not_scored(
    camera: Path, work: Path, tmp_path: Path, settings: Settings
) -> None:
    questions = write(tmp_path / "q.txt", "tripods\n\ncamera bags\n")
    files = OwnFiles((camera / "catalog.csv",), questions=questions)
    prepared = OwnSuite(files).prepare(work, settings, questions=None, seed=1, progress=quiet)
    assert [q.asked.text for q in prepared.questions] == ["tripods", "camera bags"]
    assert prepared.measures == ()
    played = play(prepared, chosen(["query-time"]), 1, quiet)["query-time"]
    assert len(played.givens) == 2
    assert played.scores == {}


def test_judgments_by_type_and_by_text(
    camera: Path, work: Path, tmp_path: Path, settings: Settings
) -> None:
    questions = write(tmp_path / "q.txt", "tripods\n")
    judgments = write(tmp_path / "j.csv", "question,product_type\ntripods,Cameras > Tripods\n")
    files = OwnFiles((camera / "catalog.csv",), (), questions, judgments)
    prepared = OwnSuite(files).prepare(work, settings, questions=None, seed=1, progress=quiet)
    assert prepared.questions[0].asked.wants == "type"
    assert prepared.truth == {"1": {"Cameras > Tripods": 1}}


def test_without_questions_later_baskets_decide(
    tiny_files: Source, work: Path, settings: Settings
) -> None:
    suite = OwnSuite(OwnFiles((tiny_files.catalog,), (tiny_files.baskets,)))
    prepared = suite.prepare(work, settings, questions=20, seed=1, progress=quiet)
    assert prepared.questions[0].asked.text.startswith("what goes with ")
    assert len(prepared.questions) == 20
    assert prepared.measures == ("nDCG@10", "R@10")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "needs a column id or question"),
        ("id,sku,grade\n1,X,9\n", "grade '9'"),
        ("id,sku,grade\n77,X,1\n", "none of the questions"),
    ],
)
def test_wrong_judgments_are_refused(
    text: str, says: str, tmp_path: Path, camera: Path, work: Path, settings: Settings
) -> None:
    files = OwnFiles(
        (camera / "catalog.csv",),
        (),
        write(tmp_path / "q.txt", "tripods\n"),
        write(tmp_path / "j.csv", text),
    )
    with pytest.raises(EvalError, match=says):
        OwnSuite(files).prepare(work, settings, questions=None, seed=1, progress=quiet)


def test_files_that_do_not_suffice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalUsageError, match="--catalog"):
        OwnSuite(OwnFiles((tmp_path / "c.csv",)))
    with pytest.raises(EvalUsageError, match="--questions"):
        OwnSuite(OwnFiles((tmp_path / "c.csv",), (tmp_path / "b",), judgments=tmp_path / "j"))
    with pytest.raises(EvalError, match="basket_id, sku and time"):
        timed_baskets([write(tmp_path / "b.csv", "a,b\n1,2\n")], tmp_path / "out")
    with pytest.raises(EvalError, match="cannot be read"):
        timed_baskets([write(tmp_path / "b.csv", "basket_id,sku,time\n1,2,x\n")], tmp_path / "out")
