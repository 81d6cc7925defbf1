"""An engine over the camera shop, embedded by spelling, and a service over it on loopback."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from goeswith.engine.engine import Engine
from goeswith.engine.http.serve import over
from goeswith.engine.http.server import Server, config_of, listen
from goeswith.engine.http.service import Service
from goeswith.engine.settings import Settings, load_settings

ADMIN = "an-admin-key-of-the-tests"


class Served(NamedTuple):
    """A service that runs in a thread of this process."""

    url: str
    service: Service


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


@pytest.fixture(scope="session")
def served(indexed_camera: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service over the camera shop."""
    home = tmp_path_factory.mktemp("page") / "home"
    shutil.copytree(indexed_camera, home)
    digest = hashlib.sha256(ADMIN.encode()).hexdigest()
    settings = load_settings(
        flags={
            "home": str(home),
            "retrieval.embedder": "hash",
            "serve.builder": "thread",
            "serve.keys": f"tests:admin:{digest}",
        },
        environ={},
        folder=home,
    )
    service, app = over(settings)
    service.engine.warm()
    listener = listen("127.0.0.1", 0)
    server = Server(config_of(app, settings.serve), service)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", service)
    server.should_exit = True
    thread.join()
