"""`ask` and `explain`: the JSON contract field by field, exit codes, and what a person sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from goeswith.engine.answer import Answer

BIRDS = "what do I need to photograph birds with a Canon EOS R10"
Run = Callable[..., Any]


def contract(answer: dict[str, Any]) -> None:
    """Pin every field of an answer by name and type (design, section 8)."""
    assert shape(answer) == {
        "schema": "int",
        "question": "str",
        "canonical": "str",
        "cache": {"tier": "str", "key": "str", "age_s": "float", "stale": "bool"},
        "degraded": ["str"] if answer["degraded"] else [],
        "plan": {
            "source": "str",
            "needs": [
                {
                    "id": "str",
                    "phrase": "str",
                    "rank": "int",
                    "depends_on": ["str"],
                    "constraints": {},
                    "anchor": "bool",
                }
            ],
        },
        "groups": [
            {
                "need": "str",
                "products": [
                    {
                        "sku": "str",
                        "title": "str",
                        "product_type": ["str"],
                        "score": "float",
                        "why": "str",
                        "edges": ["str"],
                    }
                ],
            }
        ],
        "graph": {
            "nodes": [{"id": "str", "kind": "str", "label": "str", "need": "str"}],
            "edges": [
                {
                    "id": "str",
                    "source": "str",
                    "target": "str",
                    "relation": "str",
                    "confidence": "float",
                    "why": "str",
                    "evidence": [
                        {
                            "kind": "str",
                            "polarity": "str",
                            "score": "float",
                            "reference": "str",
                            "version": "str",
                        }
                    ],
                    "verdict": {"accepted": "bool", "checks": ["str"]},
                }
            ],
        },
        "cost": {
            "wall_ms": "float",
            "lm_calls": "int",
            "lm_tokens": "int",
            "stages": dict.fromkeys(answer["cost"]["stages"], "float"),
        },
        "versions": {
            "catalog": "str",
            "planner": "str",
            "prompts": "str",
            "gate": "str",
            "lm": "str",
            "schema": "int",
        },
    }


def shape(value: Any) -> Any:
    """Return names and types; a list is told by all its members together."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if not isinstance(value, list):
        return type(value).__name__
    shapes = [shape(item) for item in value]
    if shapes and all(isinstance(item, dict) for item in shapes):
        merged: dict[str, Any] = {}
        for item in shapes:
            for name, kind in item.items():
                if kind or name not in merged:
                    merged[name] = kind
        return [merged]
    return sorted(set(shapes))


def test_json_keeps_the_contract(run: Run, home: Path) -> None:
    done = run("ask", BIRDS, "--json", "--home", home)
    assert (done.code, done.err) == (0, "")
    answer = json.loads(done.out)
    contract(answer)
    assert answer["schema"] == 1
    assert answer["question"] == BIRDS
    assert answer["cache"]["tier"] == "none"
    assert answer["plan"]["source"] == "knowledge"
    assert {node["kind"] for node in answer["graph"]["nodes"]} == {"need", "product"}
    assert set(answer["cost"]["stages"]) >= {"plan", "retrieve", "gate", "select"}


def test_the_order_of_the_stored_part_is_fixed(run: Run, home: Path) -> None:
    stored = ["schema", "canonical", "degraded", "plan", "groups", "graph", "versions"]
    for _ in range(2):
        answer = json.loads(run("ask", BIRDS, "--json", "--home", home).out)
        assert list(answer) == ["question", "cache", "cost", *stored]


def test_the_second_ask_comes_from_disk_with_the_same_body(run: Run, home: Path) -> None:
    first, second = (json.loads(run("ask", BIRDS, "--json", "--home", home).out) for _ in range(2))
    assert [a["cache"]["tier"] for a in (first, second)] == ["none", "disk"]
    assert second["cost"]["stages"] == {}
    around = ("cache", "cost")
    assert {k: v for k, v in first.items() if k not in around} == {
        k: v for k, v in second.items() if k not in around
    }


def test_constraints_are_told(run: Run, home: Path) -> None:
    done = run("ask", "memory card under $50 not SanDisk", "--json", "--home", home)
    need = json.loads(done.out)["plan"]["needs"][0]
    assert need["constraints"] == {"price_max": 50.0, "not_brands": ["sandisk"]}


def test_joining_the_parts_is_the_same_as_encoding_them(engine_answer: Answer) -> None:
    body = msgspec.json.decode(engine_answer.body)
    assert engine_answer.to_dict().items() >= body.items()
    assert json.loads(engine_answer.json()) == engine_answer.to_dict()


@pytest.fixture
def engine_answer(home: Path) -> Answer:
    from goeswith.engine.engine import Engine
    from goeswith.engine.settings import load_settings

    settings = load_settings(environ={}, flags={"retrieval.embedder": "hash"})
    with Engine.open(home, settings=settings) as engine:
        return engine.ask('lens for "Canon" EOS R10 \\ ü')


def test_a_person_sees_a_tree_without_colour(run: Run, home: Path) -> None:
    done = run("ask", BIRDS, "--home", home)
    assert done.code == 0
    assert "\x1b" not in done.out
    for part in (BIRDS, "built in", "super telephoto lens", "Canon LP-E17", "#BAT-LPE17", "mount"):
        assert part in done.out
    assert "disk in" in run("ask", BIRDS, "--home", home).out


def test_an_empty_answer_says_so(run: Run, home: Path) -> None:
    done = run("ask", "what goes with pancake mix", "--home", home)
    assert done.code == 0
    assert "Nothing in this shop matches that." in done.out


def test_strict_tells_a_cut_answer_by_its_exit_code(run: Run, home: Path) -> None:
    (home.parent / "goeswith.toml").write_text("[budget]\nedges = 1\n")
    done = run("ask", BIRDS, "--strict", "--json", "--home", home)
    assert done.code == 3
    assert json.loads(done.out)["degraded"] == ["edges"]
    assert run("ask", BIRDS, "--home", home).code == 0
    assert run("ask", "tripod", "--strict", "--home", home).code in (0, 3)
    (home.parent / "goeswith.toml").unlink()
    assert run("ask", BIRDS, "--strict", "--home", home).code == 0


def test_no_cache_builds_again(run: Run, home: Path) -> None:
    for _ in range(2):
        done = run("ask", BIRDS, "--json", "--no-cache", "--home", home)
        assert json.loads(done.out)["cache"]["tier"] == "none"


def test_explain_shows_a_refused_lens_and_why(run: Run, home: Path) -> None:
    done = run("explain", BIRDS, "--rejected", "--home", home)
    assert done.code == 0
    refused = " ".join(done.out[done.out.index("refused:") :].split())
    assert "mismatch_camera-lens-mount" in refused
    assert "Canon EOS R10 Mirrorless Camera Body → Canon EF 70-300mm" in refused
    assert "different mount" in refused
    short = run("explain", BIRDS, "--home", home).out
    assert "mismatch_camera-lens-mount" not in short
    assert "--rejected" in short


def test_explain_as_json(run: Run, home: Path) -> None:
    done = run("explain", BIRDS, "--rejected", "--json", "--home", home)
    told = json.loads(done.out)
    contract(told["answer"])
    lens = next(e for e in told["refused"] if e["target"] == "sku:LEN-EF70300")
    assert lens["verdict"]["accepted"] is False
    assert lens["verdict"]["reason"] == "mismatch_camera-lens-mount"
    assert json.loads(run("explain", BIRDS, "--json", "--home", home).out)["refused"] == []


BAD = {
    "empty": "",
    "blank": "   ",
    "marks": "?!…",
    "controls": "\x01\x02\x1b\x7f",
    "NUL": "\x00",
    "100 kB": "lens " * 20_000,
    "lone surrogate": "\udcff\udcfe",
    "only emoji": "🦆🦆🦆",
    "stop words": "what goes with the",
}
ODD = {
    "NUL inside": "lens\x00for Canon EOS R10",
    "escape inside": "lens \x1b[31mfor Canon EOS R10",
    "surrogate inside": "lens for \udcff Canon EOS R10",
    "emoji inside": "lens 🦆 for Canon EOS R10 📷",
    "right to left": "عدسة للكاميرا Canon EOS R10",
    "override": "lens for \u202eCanon EOS R10\u202c",
    "newlines": "lens\r\nfor\tCanon EOS R10",
    "combining": "lens for Canon EOS R10" + "\u0301" * 200,
    "dashes": "--lens for-- Canon EOS R10",
    "markup": "[bold]lens[/bold] for [link=x]Canon EOS R10",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_bad_question_is_a_clear_error(text: str, run: Run, home: Path) -> None:
    for flags in ((), ("--json",)):
        done = run("ask", "--home", home, *flags, "--", text)
        assert done.code == 2
        assert done.out == ""
        assert done.err.startswith("goeswith: ")
        assert len(done.err) < 400
        assert done.err.count("\n") == 1
        assert "\x1b" not in done.err


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_question_gets_a_sound_answer(text: str, run: Run, home: Path) -> None:
    done = run("ask", "--json", "--home", home, "--", text)
    assert done.code == 0
    answer = json.loads(done.out)
    assert answer["question"].isprintable()
    shown = run("ask", "--home", home, "--", text)
    assert shown.code == 0
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out
