"""What a serving process sets up around the engine."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest

from goeswith.engine import Engine
from goeswith.engine.http.service import MOST_COMPUTING, Service
from goeswith.engine.settings import load_settings


@pytest.mark.parametrize(
    ("model", "wanted", "most"),
    [("", 8, MOST_COMPUTING), ("", 1, 1), ("openai/nobody", 8, 8)],
)
def test_builds_that_only_compute_are_few(home: Path, model: str, wanted: int, most: int) -> None:
    flags = {"retrieval.embedder": "hash", "serve.builds": wanted, "lm.model": model}
    settings = load_settings(environ={}, folder=home, flags=flags)
    with Engine.open(home, settings=settings) as engine:
        assert Service(engine, settings).crew.most == most


def test_what_was_loaded_is_out_of_the_collectors_rounds(home: Path) -> None:
    settings = load_settings(environ={}, folder=home, flags={"retrieval.embedder": "hash"})
    before = gc.get_freeze_count()
    try:
        with Engine.open(home, settings=settings) as engine:
            asyncio.run(Service(engine, settings).load())
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()
