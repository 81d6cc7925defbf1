"""Runs the command line inside this process, with the settings of a home embedded by spelling."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from goeswith.engine.cli import main


class Done(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `goeswith` with arguments. No home, config or environment of the machine's is seen."""
    for name in list(os.environ):
        if name.startswith("GOESWITH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GOESWITH_RETRIEVAL__EMBEDDER", "hash")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["goeswith", *map(str, arguments)])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert isinstance(code, int | None)
        return Done(code or 0, out, err)

    return call
