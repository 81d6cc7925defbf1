"""Real servers in processes of their own, over the camera catalog."""

from __future__ import annotations

import os
import re
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-c", "from goeswith.engine.cli import main; main()"]
PATIENCE_S = 60.0


class Served:
    """A running service."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, out: Path) -> None:
        self.process = process
        self.url = url
        self.out = out

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        return host, int(port)

    def client(self, **kwargs: object) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S, **kwargs)  # type: ignore[arg-type]

    def wait_ready(self) -> None:
        until = time.monotonic() + PATIENCE_S
        with self.client() as client:
            while time.monotonic() < until:
                if client.get("/readyz").status_code == 200:
                    return
        raise AssertionError("the service did not become ready")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE_S)


Serve = Callable[..., Served]


def wait_for(fulfilled: Callable[[], bool]) -> None:
    """Look again and again, until something has come to pass."""
    until = time.monotonic() + PATIENCE_S
    while not fulfilled():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)


def first_line(process: subprocess.Popen[bytes]) -> str:
    """Read standard error up to the line that names the address."""
    assert process.stderr is not None
    until = time.monotonic() + PATIENCE_S
    seen = b""
    # No select(): a process that ran many tests has more than 1,024 files open.
    with selectors.DefaultSelector() as ready:
        ready.register(process.stderr, selectors.EVENT_READ)
        while time.monotonic() < until:
            if not ready.select(0.2):
                continue
            part = os.read(process.stderr.fileno(), 65_536)
            seen += part
            if b"http://" in seen and seen.endswith(b"\n"):
                return seen.decode()
            if not part:
                break
    raise AssertionError(f"the service did not start: {seen.decode()}")


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start services; all are ended with the session."""
    running: list[Served] = []

    def begin(home: Path, *flags: str, ready: bool = True, **environ: str) -> Served:
        out = tmp_path_factory.mktemp("serve") / "out"
        plain = {name: v for name, v in os.environ.items() if not name.startswith("GOESWITH_")}
        with out.open("wb") as file:
            process = subprocess.Popen(
                [*COMMAND, "serve", "--home", str(home), "--port", "0", *flags],
                env={**plain, "GOESWITH_RETRIEVAL__EMBEDDER": "hash", **environ},
                cwd=out.parent,
                stdout=file,
                stderr=subprocess.PIPE,
            )
        found = re.search(r"http://\S+:\d+", first_line(process))
        assert found is not None
        served = Served(process, found.group(), out)
        running.append(served)
        if ready:
            served.wait_ready()
        return served

    yield begin
    for served in running:
        served.stop()
        assert served.process.stderr is not None
        served.process.stderr.close()


@pytest.fixture(scope="session")
def served(start: Serve, indexed_camera: Path, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """One service for tests that only ask."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(indexed_camera, home)
    return start(home)
