"""An engine over the camera shop, embedded by spelling."""

from __future__ import annotations

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
