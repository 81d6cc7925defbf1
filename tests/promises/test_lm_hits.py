"""Promise 5 with a model set: a hit asks nothing and loads nothing that could ask."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from goeswith.engine.engine import Engine
from goeswith.engine.settings import load_settings
from tests.fixtures.lmserver.camera import answer
from tests.fixtures.lmserver.engines import WILDLIFE
from tests.fixtures.lmserver.server import FakeLM

_ASK = """
import json, sys
from goeswith.engine import Engine
from goeswith.engine.settings import load_settings
home, flags, question = json.loads(sys.argv[1])
with Engine.open(home, settings=load_settings(environ={}, flags=flags)) as engine:
    told = engine.ask(question)
heavy = sorted({"dspy", "httpx", "litellm", "openai"} & set(sys.modules))
print(json.dumps([told.cache.tier, told.cost.lm_calls, told.data().plan.source, heavy]))
"""


def test_a_hit_opens_no_model(home: Path) -> None:
    server = FakeLM(answer)
    flags = {
        "retrieval.embedder": "hash",
        "budget.deadline_ms": 60_000,
        "lm.model": "openai/fake",
        "lm.api_base": server.base,
        "lm.schema": "json_object",
        "cache.background": "off",
    }
    with Engine.open(home, settings=load_settings(environ={}, flags=flags)) as engine:
        built = engine.ask(WILDLIFE)
    server.close()
    assert built.data().plan.source == "lm"
    assert built.cost.lm_calls == len(server.bodies) >= 3
    assert server.bodies[0]["response_format"] == {"type": "json_object"}
    assert built.data().versions.lm not in {"", "none"}
    done = subprocess.run(
        [sys.executable, "-c", _ASK, json.dumps([str(home), flags, WILDLIFE])],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == ["disk", 0, "lm", []]
