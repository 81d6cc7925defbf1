"""A crew in a process of its own, over the camera shop."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from goeswith.engine.crew.apart import Apart, start_child
from goeswith.engine.settings import Settings


class Started:
    """Starts processes that build, and remembers them."""

    def __init__(self) -> None:
        self.all: list[subprocess.Popen[bytes]] = []

    def __call__(self, stream: Any) -> subprocess.Popen[bytes]:
        self.all.append(start_child(stream))
        return self.all[-1]


Begin = Callable[..., AbstractAsyncContextManager[tuple[Apart, Started]]]


@pytest.fixture
def settings(home: Path, spelling: Settings) -> Settings:
    """Settings that name the camera shop."""
    return msgspec.structs.replace(spelling, home=home)


@pytest.fixture
def beginning(settings: Settings) -> Begin:
    """Begin a crew and end it with the block."""

    @asynccontextmanager
    async def begin(most: int = 2, **more: Any) -> AsyncIterator[tuple[Apart, Started]]:
        started = Started()
        crew = Apart(more.pop("settings", settings), most, start=started, **more)
        await crew.begin()
        try:
            yield crew, started
        finally:
            await crew.end()

    return begin
