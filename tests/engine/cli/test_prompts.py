from __future__ import annotations

import json
from pathlib import Path

from tests.engine.cli.conftest import Run


def test_the_programs_are_listed_with_their_versions(run: Run) -> None:
    done = run("prompts", "list", "--json")
    told = json.loads(done.out)
    names = [row["name"] for row in told["programs"]]
    assert {"plan", "relate", "judge", "phrase"} <= set(names)
    assert len({row["version"] for row in told["programs"]}) == len(names)
    assert "relate" in run("prompts", "list").out


def test_compiling_needs_a_model(run: Run, home: Path) -> None:
    done = run("prompts", "compile", "relate", "--home", home)
    assert done.code == 2
    assert "lm.model" in done.err


def test_a_model_that_is_not_there_gives_an_empty_state(
    run: Run, home: Path, tmp_path: Path
) -> None:
    config = tmp_path / "model.toml"
    config.write_text('[lm]\nmodel = "openai/fake"\napi_base = "http://127.0.0.1:9/v1"\n')
    out = tmp_path / "state.json"
    common = ("prompts", "compile", "judge", "--home", home, "--config", config)
    done = run(*common, "--out", out, "--lm-calls", "2", "--json")
    assert done.code == 0
    assert json.loads(done.out)["after"] == 0.0
    assert json.loads(out.read_text())["demos"] == []
