"""The command says what is missing; that it serves is tested with the tools."""

from __future__ import annotations

import importlib.util

import pytest

from tests.engine.cli.conftest import Run


def test_without_the_extra_it_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "goeswith.engine.cli.mcp.find_spec", lambda name: None if name == "mcp" else find(name)
    )
    done = run("mcp")
    assert done.code == 2
    assert "pip install 'goeswith[mcp]'" in done.err


def test_without_an_index_it_says_what_to_do(run: Run) -> None:
    done = run("mcp")
    assert done.code == 1
    assert "goeswith index" in done.err
    assert done.out == ""
