from __future__ import annotations

import json
from pathlib import Path

from tests.engine.cli.conftest import Run


def test_without_a_model_it_says_what_can_be_done(run: Run, home: Path) -> None:
    done = run("distil", "--home", home)
    assert done.code == 2
    assert "lm.model" in done.err
    assert "--export" in done.err


def test_the_graph_is_exported_without_a_model(run: Run, home: Path, tmp_path: Path) -> None:
    done = run("distil", "--home", home, "--export", tmp_path / "graph.json", "--json")
    assert done.code == 0
    told = json.loads(done.out)["graph"]
    assert told["types"] == 26
    assert told["edges"] == len(json.loads((tmp_path / "graph.json").read_bytes())["edges"]) > 20


def test_an_estimate_and_a_batch_need_no_server(run: Run, home: Path, tmp_path: Path) -> None:
    config = tmp_path / "model.toml"
    config.write_text('[lm]\nmodel = "openai/fake"\napi_base = "http://127.0.0.1:9/v1"\n')
    common = ("distil", "--home", home, "--config", config, "--json")
    found = json.loads(run(*common, "--dry-run").out)["estimate"]
    assert found["todo"] == 26
    assert found["calls"] >= 26
    assert not found["price_known"]
    out = tmp_path / "requests.jsonl"
    done = run(*common, "--batch-export", out)
    told = json.loads(done.out)["batch"]
    assert told["requests"] == len(out.read_text().splitlines()) == 26
    assert run(*common, "--usd", "1").code == 2
