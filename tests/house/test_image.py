"""The image and its compose file agree with the repository, as far as that shows unbuilt."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from goeswith.engine.settings import describe, load_settings
from tests.house.test_locks import pins

VARIABLES = {row.variable for row in describe(load_settings(environ={}))}


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> list[tuple[str, str]]:
    """The instructions with what follows them."""
    text = (root / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


@pytest.fixture(scope="module")
def compose(root: Path) -> Any:
    return yaml.safe_load((root / "compose.yaml").read_text())


def copied(dockerfile: list[tuple[str, str]]) -> list[str]:
    """Return the sources that come from the repository."""
    words = [shlex.split(rest) for name, rest in dockerfile if name == "COPY"]
    return [source for own in words if not own[0].startswith("--") for source in own[:-1]]


def test_everything_that_is_copied_exists(dockerfile: Any, root: Path) -> None:
    sources = copied(dockerfile)
    assert {"engine", "cache", "prompts", "eval", "pyproject.toml"} <= set(sources)
    assert [source for source in sources if not (root / source).exists()] == []


def test_the_context_holds_what_is_copied_and_nothing_else(dockerfile: Any, root: Path) -> None:
    lines = (root / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = [line.removeprefix("!") for line in rules if line.startswith("!")]
    assert sorted(allowed) == sorted(copied(dockerfile))


def test_the_variables_are_settings(dockerfile: Any, compose: Any) -> None:
    told = " ".join(rest for name, rest in dockerfile if name == "ENV")
    environment = compose["services"]["service"]["environment"]
    used = {*re.findall(r"GOESWITH_\w+", told), *(n for n in environment if "GOESWITH" in n)}
    assert used
    assert used <= VARIABLES
    assert environment["GOESWITH_CACHE__SHARED_URL_ENV"] in environment


def test_the_client_of_the_shared_cache_is_cut_out_of_the_lock(root: Path, tmp_path: Path) -> None:
    text = (root / "requirements" / "test.txt").read_text()
    own = re.compile(r"^redis==.*(?:\n .*)*", re.MULTILINE).findall(text)
    assert len(own) == 1
    cut = tmp_path / "redis.txt"
    cut.write_text(own[0] + "\n")
    assert list(pins(cut)) == ["redis"]


def test_it_serves_without_rights_and_ends_by_sigterm(dockerfile: Any) -> None:
    told = dict(dockerfile)
    assert int(told["USER"]) > 0
    assert told["STOPSIGNAL"] == "SIGTERM"
    assert (told["ENTRYPOINT"], told["CMD"]) == ('["goeswith"]', '["serve"]')
    assert f"GOESWITH_SERVE__PORT={told['EXPOSE']}" in told["ENV"]
    assert f"127.0.0.1:{told['EXPOSE']}/healthz" in told["HEALTHCHECK"]


def test_the_composed_service_can_write_only_its_home(compose: Any, dockerfile: Any) -> None:
    service = compose["services"]["service"]
    assert service["read_only"] is True
    assert service["volumes"] == [f"home:{dict(dockerfile)['VOLUME']}"]
    # What is in flight may take its time, and a little more.
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert grace > load_settings(environ={}).serve.drain_s
    # Only this machine reaches it, because it asks for keys over plain HTTP.
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert {*service["depends_on"]} <= compose["services"].keys()
