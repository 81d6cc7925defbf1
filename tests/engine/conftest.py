"""An engine over the camera shop, embedded by spelling."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.settings import Settings, load_settings


@pytest.fixture(scope="session")
def spelling() -> Settings:
    """Settings for a home that was embedded by spelling."""
    return load_settings(environ={}, flags={"retrieval.embedder": "hash"})


@pytest.fixture
def engine(home: Path, spelling: Settings) -> Iterator[Engine]:
    """An engine over a camera shop of the test's own."""
    with Engine.open(home, settings=spelling) as opened:
        yield opened


@pytest.fixture(scope="session")
def reader(
    indexed_camera: Path, spelling: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """One engine for all tests that store nothing and change nothing."""
    place = shutil.copytree(indexed_camera, tmp_path_factory.mktemp("reader") / "home")
    with Engine.open(place, settings=spelling) as opened:
        yield opened
