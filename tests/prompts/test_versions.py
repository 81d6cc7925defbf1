from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import Any

import pytest

from goeswith.prompts import PROGRAMS, Program, version, versions
from goeswith.prompts._dspy import predictor, signature
from goeswith.prompts.question import messages


@dataclasses.dataclass(frozen=True)
class Other:
    other: list[str]


def test_importing_loads_neither_dspy_nor_a_client() -> None:
    code = (
        "import sys, goeswith.prompts as p; p.version(); "
        "heavy = {'dspy', 'httpx', 'litellm', 'pydantic', 'numpy', 'goeswith.engine'};"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_serving_never_loads_litellm() -> None:
    code = "import sys, goeswith.prompts as p; p.preload(); sys.exit('litellm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_program_has_its_own_version() -> None:
    assert len({*versions().values()}) == len(PROGRAMS) == 6
    assert len(version()) == 16


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_version_follows_words_form_and_state(program: Program[Any, Any]) -> None:
    question = program.question
    changed = [
        dataclasses.replace(question, instructions=question.instructions + " "),
        dataclasses.replace(question, revision=question.revision + 1),
        dataclasses.replace(question, inputs=question.inputs[:-1]),
        dataclasses.replace(question, reply=Other),
    ]
    found = {q.version(b"") for q in (question, *changed)} | {question.version(b"{}")}
    assert len(found) == 6


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_schema_is_strict_throughout(program: Program[Any, Any]) -> None:
    def walk(node: dict[str, Any]) -> None:
        if node["type"] == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
            for child in node["properties"].values():
                walk(child)
        elif node["type"] == "array":
            walk(node["items"])

    walk(json.loads(json.dumps(program.question.schema())))


@pytest.mark.parametrize("program", PROGRAMS)
def test_signatures_are_typed(program: Program[Any, Any]) -> None:
    fields = signature(program.question)
    assert {n: f.annotation for n, f in fields.output_fields.items()} == program.question.fields
    assert list(fields.input_fields) == [i.name for i in program.question.inputs]


def test_compiled_state_changes_the_prompt_and_brings_no_model() -> None:
    question = PROGRAMS[0].question
    plain = predictor(question, b"")
    state = plain.dump_state()
    state["signature"]["instructions"] = "Think like a shopkeeper."
    state["demos"] = [{"question": "tea", "sold_here": [], "one_need": True, "needs": []}]
    state["lm"] = {"model": "openai/evil", "api_base": "http://evil"}
    compiled = predictor(question, json.dumps(state).encode())
    assert compiled.lm is None
    assert compiled.signature.instructions == "Think like a shopkeeper."
    chat = messages(
        question,
        {"question": "q", "sold_here": []},
        instructions=compiled.signature.instructions,
        demos=tuple(compiled.demos),
    )
    assert [m["role"] for m in chat] == ["system", "user", "assistant", "user"]
    assert chat[0]["content"].startswith("Think like a shopkeeper.")
    assert json.loads(chat[2]["content"]) == {"one_need": True, "needs": []}
