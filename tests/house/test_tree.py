"""The repository keeps its own rules about files and documents."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOMS = ("engine", "cache", "prompts", "eval")
LONGEST = 400


def test_no_source_file_is_too_long(root: Path) -> None:
    lengths = {
        path.relative_to(root): len(path.read_text(encoding="utf-8").splitlines())
        for folder in (*ROOMS, "tests", "bench")
        for path in (root / folder).rglob("*.py")
    }
    assert {path: count for path, count in lengths.items() if count > LONGEST} == {}


def test_test_folders_mirror_the_rooms(root: Path) -> None:
    known = {*ROOMS, "house", "promises", "torture", "fixtures", "conftest.py", "__pycache__"}
    assert {path.name for path in (root / "tests").iterdir()} <= known
    assert not list((root / "tests").rglob("__init__.py"))


def make_targets(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs"])
def test_make_commands_in_documents_exist(document: str, root: Path) -> None:
    place = root / document
    if not place.exists():
        pytest.skip(f"{document} does not exist yet")
    pages = sorted(place.rglob("*.md")) if place.is_dir() else [place]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    spans = [
        inline or block
        for inline, block in re.findall(r"`([^`\n]+)`|^(make .*)$", text, re.MULTILINE)
    ]
    used = {name for span in spans for name in re.findall(r"\bmake ([a-z]+)", span)}
    assert used <= make_targets(root)


def test_every_make_target_is_listed_by_help(root: Path) -> None:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "help"], cwd=root, env=outside, capture_output=True, text=True, check=True
    )
    assert {line.split()[1] for line in done.stdout.splitlines()} == make_targets(root)


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs"]
)
def test_links_between_documents_lead_somewhere(document: str, root: Path) -> None:
    place = root / document
    if not place.exists():
        pytest.skip(f"{document} does not exist yet")
    for page in sorted(place.rglob("*.md")) if place.is_dir() else [place]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_import_links_are_tracked_as_links(root: Path) -> None:
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("not a git clone")
    done = subprocess.run(
        ["git", "ls-files", "-s", ".typing"], cwd=root, capture_output=True, text=True, check=True
    )
    links = {line.split("\t")[1]: line.split()[0] for line in done.stdout.splitlines()}
    assert links == {f".typing/goeswith/{room}": "120000" for room in sorted(ROOMS)}
