"""One open engine over the camera shop for all tests of the retrievers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.settings import load_settings


@pytest.fixture(scope="session")
def engine(indexed_camera: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = Path(shutil.copytree(indexed_camera, tmp_path_factory.mktemp("retrievers") / "home"))
    settings = load_settings(flags={"retrieval.embedder": "hash"}, environ={}, folder=home)
    with Engine.open(home, settings=settings) as opened:
        yield opened
