"""Settings come from four places, are checked one by one, and are all documented."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.engine.errors import SettingsError
from goeswith.engine.settings import Settings, describe, load_settings

SECRET = "sk-Qf3" + "x" * 20


def load(
    folder: Path,
    text: str | None = None,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    if text is not None:
        (folder / "goeswith.toml").write_text(text, encoding="utf-8")
    return load_settings(folder=folder, environ=env or {}, flags=flags)


def refusal(folder: Path, text: str | None = None, env: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, env)
    return str(caught.value)


def test_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


def test_a_later_place_wins(tmp_path: Path) -> None:
    text = "[budget]\nlm_calls = 1\nlm_tokens = 10\nneeds = 2\n"
    env = {"GOESWITH_BUDGET__LM_TOKENS": "20", "GOESWITH_BUDGET__NEEDS": "3"}
    settings = load(tmp_path, text, env, {"budget.needs": 4, "budget.rounds": None})
    budget = settings.budget
    assert (budget.lm_calls, budget.lm_tokens, budget.needs, budget.rounds) == (1, 20, 4, 6)
    assert settings.sources == {
        "budget.lm_calls": str(tmp_path / "goeswith.toml"),
        "budget.lm_tokens": "environment GOESWITH_BUDGET__LM_TOKENS",
        "budget.needs": "flag",
    }


def test_every_setting_can_be_set_in_the_environment(tmp_path: Path) -> None:
    rows = describe(Settings())
    env = {row.variable: row.value.strip('"') for row in rows}
    settings = load(tmp_path, env=env)
    assert {row.source for row in describe(settings)} == {
        f"environment {row.variable}" for row in rows
    }
    assert [row.value for row in describe(settings)] == [row.value for row in rows]


def test_home_in_a_file_is_relative_to_the_file(tmp_path: Path) -> None:
    config = tmp_path / "shop" / "own.toml"
    config.parent.mkdir()
    config.write_text('home = "kept"\n')
    for settings in (
        load_settings(config=config, folder=tmp_path, environ={}),
        load_settings(folder=tmp_path, environ={"GOESWITH_CONFIG": str(config)}),
        load_settings(folder=tmp_path, environ={"GOESWITH_CONFIG": "shop/own.toml"}),
    ):
        assert settings.home == tmp_path / "shop" / "kept"
    assert load_settings(folder=tmp_path, environ={"GOESWITH_HOME": "h"}).home == Path("h")


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    assert "none.toml" in refusal(tmp_path, env={"GOESWITH_CONFIG": "none.toml"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[budget]\nlm_calls = -1\n", ["budget.lm_calls", "-1", "from 0 to 1000", "goeswith.toml"]),
        ("[budget]\nlm_calls = '3'\n", ["budget.lm_calls", '"3"', "whole number"]),
        ("[budget]\nlm_calls = true\n", ["budget.lm_calls", "True", "whole number"]),
        ("[budget]\nlm_calls = 2.5\n", ["budget.lm_calls", "2.5"]),
        (
            "[budget]\nlm_call = 3\n",
            ["unknown setting budget.lm_call", "Did you mean budget.lm_calls?"],
        ),
        ("[cache]\nsynchronous = 'off'\n", ["cache.synchronous", '"full" or "normal"']),
        ("[memory]\nx = 1\n", ["unknown setting memory"]),
        ("budget = 3\n", ["budget", "[budget]"]),
        ("home = 3\n", ["home", "a folder"]),
        ("home = ''\n", ["home", "a folder"]),
        ('home = "a\\u0000b"\n', ["home", "a folder"]),
        ("sources = 'x'\n", ["unknown setting sources"]),
        ("[retrieval]\nembedder = 'os:system'\n", ["retrieval.embedder", '"use"']),
        ("[budget\n", ["not valid TOML", "line 1"]),
    ],
)
def test_a_wrong_file_is_refused_with_what_to_do(
    text: str, told: list[str], tmp_path: Path
) -> None:
    message = refusal(tmp_path, text)
    assert [part for part in told if part not in message] == []


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        (
            "GOESWITH_BUDGET__LM_CALLS",
            "many",
            ["budget.lm_calls", "many", "GOESWITH_BUDGET__LM_CALLS"],
        ),
        ("GOESWITH_BUDGET__LM_CALLS", "", ["budget.lm_calls", "whole number"]),
        ("GOESWITH_BUDGET__CALLS", "3", ["unknown setting budget.calls", "budget.lm_calls"]),
        ("GOESWITH_LM_MODEL", "x", ["GOESWITH_LM_MODEL", "GOESWITH_LM__MODEL"]),
        ("GOESWITH_HOMES", "x", ["GOESWITH_HOMES", "GOESWITH_HOME"]),
        ("GOESWITH_lm__model", "x", ["GOESWITH_lm__model", "GOESWITH_LM__MODEL"]),
        ("GOESWITH_LM", "x", ["GOESWITH_LM", "section"]),
        ("GOESWITH_LM__MODEL", "x\n", ["lm.model"]),
        ("GOESWITH_LM__API_BASE", "http://h\n", ["lm.api_base"]),
    ],
)
def test_a_wrong_variable_is_refused(
    variable: str, value: str, told: list[str], tmp_path: Path
) -> None:
    message = refusal(tmp_path, env={variable: value})
    assert [part for part in told if part not in message] == []


def test_variables_of_other_tools_are_left_alone(tmp_path: Path) -> None:
    env = {"GOESWITH_SERVICE_HOST": "10.0.0.1", "GOESWITH_PORT": "tcp://x", "GOESWITH_DATA": "d"}
    assert load(tmp_path, env=env) == Settings()


@pytest.mark.parametrize(
    "env",
    [
        {"GOESWITH_LM__API_KEY": SECRET},
        {"GOESWITH_LM__API_KEY_ENV": SECRET},
        {"GOESWITH_LM__API_BASE": f"https://user:{SECRET}@host/v1"},
        {"GOESWITH_LM__API_BASE": f"https://host/v1?key={SECRET}"},
    ],
)
def test_a_credential_is_refused_and_never_repeated(env: dict[str, str], tmp_path: Path) -> None:
    assert SECRET not in refusal(tmp_path, env=env)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    for name in ("BUDGET__LM_CALLS", "LM__MODEL", "LM__API_BASE", "CACHE__SYNCHRONOUS", "HOME"):
        try:
            settings = load_settings(folder=Path("/nowhere"), environ={f"GOESWITH_{name}": text})
        except SettingsError:
            continue
        assert all(row.value.isprintable() for row in describe(settings))


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Settings().budget.lm_calls = 9  # type: ignore[misc]


def test_the_documentation_is_complete_and_true(root: Path) -> None:
    page = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = re.findall(
        r"^\| `([^|]+)` \| `([^|]+)` \| ([^|]+) \| ([^|]+) \| `([^|]+)` \|$", page, re.M
    )
    assert documented == [
        (row.name, row.value, row.doc, row.allowed, row.variable) for row in describe(Settings())
    ]
