"""The wheel and the source distribution hold what they must, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOMS = ("engine", "cache", "prompts", "eval")
SHIPPED = {".py", ".typed", ".toml", ".json", ".jsonl", ".tsv", ".html", ".css", ".js", ".svg"}
IGNORED = (
    "__pycache__",
    "*.py[cod]",
    ".*_cache",
    ".hypothesis",
    ".venv",
    ".git",
    ".goeswith",
    "build",
    "dist",
)
BUILD = "import sys; from setuptools import build_meta as b; print(getattr(b, sys.argv[1])('out'))"


def build(folder: Path, hook: str) -> Path:
    clean = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONWARNINGS"}}
    done = subprocess.run(
        [sys.executable, "-c", BUILD, hook],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "out" / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clone") / "goeswith"
    ignore = shutil.ignore_patterns(*IGNORED, "*.egg-info")
    shutil.copytree(root, target, symlinks=True, ignore=ignore)
    (target / "out").mkdir()
    return target


@pytest.fixture(scope="module")
def wheel(copy: Path) -> set[str]:
    with zipfile.ZipFile(build(copy, "build_wheel")) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def sdist(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(copy, "build_sdist")) as archive:
        assert not [member.name for member in archive if member.issym() or member.islnk()]
        archive.extractall(target, filter="data")
    return next(target.iterdir())


def expected(root: Path) -> set[str]:
    return {
        f"goeswith/{path.relative_to(root).as_posix()}"
        for room in ROOMS
        for path in (root / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_rooms(copy: Path, wheel: set[str]) -> None:
    assert expected(copy) - wheel == set()


def test_rooms_hold_only_kinds_of_files_that_are_shipped(root: Path) -> None:
    assert {Path(name).suffix or Path(name).name for name in expected(root)} <= SHIPPED


def test_the_wheel_holds_nothing_else(copy: Path, wheel: set[str]) -> None:
    rest = wheel - expected(copy)
    assert {name.partition("/")[0].rpartition(".")[2] for name in rest} == {"dist-info"}


def test_the_wheel_names_its_licence_and_commands(copy: Path) -> None:
    with zipfile.ZipFile(build(copy, "build_wheel")) as archive:
        meta = {n.partition("dist-info/")[2]: n for n in archive.namelist() if ".dist-info/" in n}
        assert "licenses/LICENSE" in meta
        commands = archive.read(meta["entry_points.txt"]).decode()
    assert "goeswith = goeswith.engine.cli:main" in commands
    assert "[goeswith.commands]\neval = goeswith.eval.cli:app" in commands


def test_a_wheel_built_from_the_sdist_is_the_same(sdist: Path, wheel: set[str]) -> None:
    (sdist / "out").mkdir()
    with zipfile.ZipFile(build(sdist, "build_wheel")) as archive:
        assert set(archive.namelist()) == wheel


def test_the_sdist_has_the_tests_and_no_import_links(sdist: Path) -> None:
    assert (sdist / "tests" / "house" / Path(__file__).name).is_file()
    assert not (sdist / ".typing").exists()


def test_python_versions_agree(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    named = [line.rpartition(" ")[2] for line in project["classifiers"] if ":: 3." in line]
    assert named == ["3.11", "3.12", "3.13"]
    assert project["requires-python"] == f">={named[0]},<3.14"
