"""`goeswith lm check` makes one real call for each program and says what worked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from goeswith.engine.lm.spending import Ledger
from tests.engine.cli.conftest import Run
from tests.fixtures.lmserver.camera import answer
from tests.fixtures.lmserver.server import KEY, FakeLM


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLM]:
    fake = FakeLM(answer)
    monkeypatch.setenv("GOESWITH_LM__MODEL", "openai/fake")
    monkeypatch.setenv("GOESWITH_LM__API_BASE", fake.base)
    monkeypatch.setenv("GOESWITH_LM__API_KEY_ENV", "SHOP_LM_KEY")
    monkeypatch.setenv("SHOP_LM_KEY", KEY)
    yield fake
    fake.close()


def test_each_program_is_asked_once(run: Run, server: FakeLM, tmp_path: Path) -> None:
    done = run("lm", "check", "--home", tmp_path / "home")
    assert len(server.bodies) == 6
    for program in ("plan", "extend", "relate", "judge", "name_why", "phrase"):
        assert program in done.out
    assert KEY not in done.out + done.err
    spent = Ledger(tmp_path / "home" / "cache" / "spending.db").spent()
    assert sum(cost.calls for cost in spent.values()) == 6


def test_a_failure_is_exit_code_1_and_says_why(run: Run, server: FakeLM) -> None:
    server.always = "401"
    done = run("lm", "check", "--json")
    rows = json.loads(done.out)
    assert done.code == 1
    assert {row["outcome"] for row in rows} == {"failed"}
    assert "refused" in rows[0]["said"]
    assert KEY not in done.out + done.err


def test_without_a_model_it_says_where_to_name_one(run: Run) -> None:
    done = run("lm", "check")
    assert done.code == 2
    assert "GOESWITH_LM__MODEL" in done.err


def test_without_the_extra_it_says_how_to_install_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goeswith.engine.settings.lm.find_spec", lambda name: None)
    done = run("lm", "check", "--model", "openai/gpt-5-mini")
    assert done.code == 2
    assert 'pip install "goeswith[lm]"' in done.err


def test_a_model_that_leads_nowhere_is_refused(run: Run) -> None:
    done = run("lm", "check", "--model", "nowhere/model")
    assert done.code == 2
    assert "names no known provider" in done.err
