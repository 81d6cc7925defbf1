"""Imports are absolute, cheap, and one way."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = ("engine", "cache", "prompts", "eval")
MAY_IMPORT = {
    "eval": set(ROOMS),
    "engine": {"engine", "cache", "prompts"},
    "cache": {"cache"},
    "prompts": {"prompts"},
}
HEAVY = (
    "bm25s",
    "dspy",
    "faiss",
    "numba",
    "pandas",
    "polars",
    "pydantic",
    "scipy",
    "starlette",
    "typer",
)
SOURCES = sorted(
    path for room in (*ROOMS, "tests") for path in (Path(__file__).parents[2] / room).rglob("*.py")
)


def imported(path: Path) -> set[str]:
    """Return every dotted name a file imports, wherever in the file it stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_there_are_sources() -> None:
    assert len(SOURCES) > 5


def test_imports_use_the_import_name() -> None:
    wrong = {
        f"{path}: {name}"
        for path in SOURCES
        for name in imported(path)
        if name.partition(".")[0] in ROOMS
    }
    assert not wrong, "write goeswith.engine, not engine"


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_one_way(room: str, root: Path) -> None:
    wrong = {
        f"{path}: {name}"
        for path in (root / room).rglob("*.py")
        for name in imported(path)
        if name.startswith("goeswith.") and name.split(".")[1] not in MAY_IMPORT[room]
    }
    assert not wrong


@pytest.mark.parametrize(
    "module", ["goeswith.engine", "goeswith.cache", "goeswith.prompts", "goeswith.engine.settings"]
)
def test_importing_a_room_loads_nothing_heavy(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} does not exist yet")
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint(HEAVY)
    assert loaded.isdisjoint(ROOMS), "a second copy of a room was imported from the working folder"
