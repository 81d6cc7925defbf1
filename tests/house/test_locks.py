"""The locked requirements are complete and hashed, and name nothing of the machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

EXTRAS = {
    "run.txt": ("demo", "mcp"),
    "test.txt": (
        *("demo", "mcp", "eval", "lm", "redis", "dask", "ray", "langchain", "llamaindex"),
        *("telemetry", "bench", "test", "dev"),
    ),
}


def pins(path: Path) -> dict[str, list[str]]:
    """Return name to `version ; marker` for every pin of a lock, and check that each has a hash."""
    found: dict[str, list[str]] = {}
    text = path.read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        requirement, *hashes = re.split(r"\s+--hash=", line)
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", value) for value in hashes)
        name, _, rest = requirement.partition("==")
        found.setdefault(name, []).append(rest.strip())
    return found


@pytest.mark.parametrize("lock", EXTRAS)
def test_every_direct_dependency_is_locked(lock: str, root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], "setuptools"]
    wanted += [item for extra in EXTRAS[lock] for item in project["optional-dependencies"][extra]]
    names = {re.split(r"[^A-Za-z0-9._-]", item)[0].lower() for item in wanted}
    assert names - set(pins(root / "requirements" / lock)) == set(), "run make lock"


def test_the_tests_run_with_the_versions_that_are_shipped(root: Path) -> None:
    shipped = pins(root / "requirements" / "run.txt")
    tested = pins(root / "requirements" / "test.txt")
    versions = {name: {pin.partition(" ")[0] for pin in found} for name, found in tested.items()}
    for name, found in shipped.items():
        assert {pin.partition(" ")[0] for pin in found} == versions[name], name


@pytest.mark.parametrize("lock", EXTRAS)
def test_locks_name_no_index_and_no_path(lock: str, root: Path) -> None:
    text = (root / "requirements" / lock).read_text()
    assert not re.search(r"https?:|file:|--index|--find-links|(^|\s)/", text, re.MULTILINE)


@pytest.mark.parametrize("lock", EXTRAS)
def test_locks_hold_nothing_that_must_stay_out(lock: str, root: Path) -> None:
    found = pins(root / "requirements" / lock)
    assert set(found).isdisjoint({"torch", "tensorflow", "transformers"})
    assert set(found.get("litellm", [])).isdisjoint({"1.82.7", "1.82.8"})
