"""Warm-up by batch files stores what asking live stores."""

from __future__ import annotations

import json
from pathlib import Path

from goeswith.engine.engine import Engine
from goeswith.engine.settings import load_settings
from goeswith.engine.settings.lm import lm_settings
from goeswith.prompts import LM
from tests.engine.cli.conftest import Run
from tests.fixtures.lmserver.camera import answer
from tests.fixtures.lmserver.transport import FakeTransport

QUESTIONS = ("gear for filming birds at night", "kit for landscape photos")


def provider(requests: Path, replies: Path) -> None:
    """Answer a batch file as a provider with the model that knows cameras would."""
    lines = ["nonsense"]
    for line in requests.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        body = {"choices": [{"message": {"content": answer(request["body"])}}]}
        response = {"status_code": 200, "body": body}
        lines.append(json.dumps({"custom_id": request["custom_id"], "response": response}))
    replies.write_text("\n".join(lines), encoding="utf-8")


def test_rounds_end_with_the_answers_of_a_live_model(run: Run, home: Path, tmp_path: Path) -> None:
    log, config = tmp_path / "log.txt", tmp_path / "model.toml"
    log.write_text("\n".join(QUESTIONS), encoding="utf-8")
    config.write_text('[lm]\nmodel = "openai/fake"\napi_base = "http://127.0.0.1:9/v1"\n')
    requests, replies = tmp_path / "requests.jsonl", tmp_path / "replies.jsonl"
    common = ("warm", log, "--home", home, "--config", config, "--json")
    told = json.loads(run(*common, "--batch-export", requests).out)
    assert (told["stored"], told["waiting"]) == (0, 2)
    rounds = 1
    while told["requests"]:
        assert rounds < 12
        provider(requests, replies)
        done = run(*common, "--batch-export", requests, "--batch-import", replies)
        told = json.loads(done.out)
        assert told["bad"] == 1
        rounds += 1
    assert (told["waiting"], told["failed"]) == (0, {})

    settings = load_settings(config=config, environ={}, flags={"retrieval.embedder": "hash"})
    reached = lm_settings(settings.lm)
    assert reached is not None
    with (
        LM(reached, transports=(FakeTransport(answer),)) as lm,
        Engine.open(home, settings=settings, lm=lm) as engine,
    ):
        warm = [engine.ask(question) for question in QUESTIONS]
        fresh = [engine.ask(question, use_cache=False) for question in QUESTIONS]
    assert [answer.cache.tier for answer in warm] == ["disk", "disk"]
    assert [answer.body for answer in warm] == [answer.body for answer in fresh]
