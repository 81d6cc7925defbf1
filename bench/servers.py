"""Servers and clients for the HTTP bench: started, asked, and ended. Loopback only."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from goeswith.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.serving.storage import ANY_ANSWER
from goeswith.engine.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0
SIZE = 8_800
QUESTIONS = 1_000
"""More answers of that size than one MiB of memory holds, so asking them in turn misses it."""

MAIN = "from goeswith.engine.cli import main; main()"


class Figures(msgspec.Struct, frozen=True):
    """What wrk saw: requests a second, and latency in microseconds."""

    rate: float
    p50: float
    p99: float


def camera_home(home: Path) -> None:
    """Index the camera fixture, embedded by spelling."""
    camera = ROOT / "tests" / "fixtures" / "camera"
    index(
        Home(home),
        [camera / "catalog.csv"],
        [camera / "baskets.csv"],
        feed=None,
        field_map=None,
        embedder=load_embedder("hash"),
        pack=load_pack(),
        progress=lambda *_: None,
    )


def filled(home: Path) -> list[str]:
    """Store answers of 8.8 kB for many questions; return the paths that ask for them."""
    paths = []
    settings = load_settings(flags={"retrieval.embedder": "hash"})
    with Engine.open(home, settings=settings) as engine:
        answer = engine.ask("lens for Canon EOS R10").body
        if len(answer) + 14 > SIZE:
            raise SystemExit(f"the answer has {len(answer)} bytes already: choose a smaller one")
        padding = b'{"padding":"' + b"x" * (SIZE - len(answer) - 14) + b'",'
        for number in range(QUESTIONS):
            text = f"what goes with product number {number}"
            _, key = engine.read(text)
            engine.answers.put(key, padding + answer[1:], [ANY_ANSWER])
            paths.append("/v1/ask?" + urllib.parse.urlencode({"question": text}))
    return paths


def script(file: Path, paths: list[str]) -> Path:
    """Write what makes wrk ask for the paths in turn."""
    lines = ["local asked = {}"]
    lines += [f"asked[{n}] = wrk.format('GET', '{path}')" for n, path in enumerate(paths)]
    lines += [
        "local at = -1",
        f"request = function() at = (at + 1) % {len(paths)}; return asked[at] end",
        "done = function(summary, latency, requests)",
        "  local bad = summary.errors.status + summary.errors.connect + summary.errors.read",
        "  io.write(string.format('FIGURES %f %f %f %d\\n', summary.requests / summary.duration"
        " * 1e6, latency:percentile(50), latency:percentile(99), bad))",
        "end",
    ]
    # wrk fills wrk.headers after the script is read, so the requests are made in init.
    body = "\n".join(["function init(args)", *lines[1 : 1 + len(paths)], "end"])
    file.write_text("\n".join([lines[0], "asked = {}", body, *lines[1 + len(paths) :]]))
    return file


def wrk(url: str, lua: Path, connections: int, seconds: int) -> Figures:
    """Ask as fast as one thread can for so many seconds."""
    done = subprocess.run(  # noqa: S603
        [
            *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"),
            *("-s", str(lua), url),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"FIGURES (\S+) (\S+) (\S+) (\d+)", done.stdout)
    if found is None or found.group(4) != "0":
        raise SystemExit(f"wrk saw errors:\n{done.stdout}")
    return Figures(*(float(number) for number in found.groups()[:3]))


def fetch(url: str) -> bytes:
    """Ask once."""
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:  # noqa: S310
        body: bytes = response.read()
    return body


@contextmanager
def asking(url: str, clients: int, seed: int) -> Iterator[Callable[[], int]]:
    """Let clients ask new questions one after the other; give how many were answered."""
    stop = threading.Event()
    answered = [0] * clients

    def ask(client: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            text = f"what do I need for trip {seed} {client} {number} with a camera and a tripod"
            try:
                fetch(f"{url}/v1/ask?{urllib.parse.urlencode({'question': text})}")
                answered[client] += 1
            except urllib.error.HTTPError:
                continue

    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: sum(answered)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextmanager
def running(command: list[str], url: str, **environ: str) -> Iterator[str]:
    """Run a server until it answers and the block ends."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603
        command, env={**os.environ, **environ}, stdout=quiet, stderr=quiet
    )
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                fetch(url)
                break
            except OSError as error:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{command[0]} did not start: {error}") from None
                time.sleep(0.05)
        yield url.removesuffix("/readyz").removesuffix("/v1/ask")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


@contextmanager
def service(home: Path, **environ: str) -> Iterator[str]:
    """Serve a home with one worker."""
    port = free_port()
    command = [sys.executable, "-c", MAIN, "serve", "--home", str(home), "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}/readyz", **environ) as url:
        # The tools for models are loaded beside serving, and whoever calls them waits for that.
        with suppress(urllib.error.HTTPError):
            fetch(f"{url}/mcp")
        yield url


@contextmanager
def peer(name: str, payload: Path) -> Iterator[str]:
    """Serve the bytes with uvicorn."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", f"peerapps:{name}", "--app-dir", str(ROOT / "bench")),
        *("--port", str(port), "--loop", "uvloop", "--http", "httptools", "--no-access-log"),
        *("--no-proxy-headers", "--lifespan", "off", "--log-level", "error"),
    ]
    with running(command, f"http://127.0.0.1:{port}/v1/ask", PAYLOAD=str(payload)) as url:
        yield url


@contextmanager
def nginx(folder: Path, payload: Path) -> Iterator[str]:
    """Serve the bytes as a static file."""
    port = free_port()
    root = folder / "nginx" / "v1"
    root.mkdir(parents=True)
    shutil.copy(payload, root / "ask")
    config = folder / "nginx.conf"
    user = "user root; " if os.geteuid() == 0 else ""
    config.write_text(
        f"{user}daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;\n"
        "events { worker_connections 256; }\n"
        f"http {{ access_log off; default_type application/json; keepalive_requests 1000000000;\n"
        f"client_body_temp_path {folder}/nb; proxy_temp_path {folder}/np;\n"
        f"fastcgi_temp_path {folder}/nf; uwsgi_temp_path {folder}/nu; scgi_temp_path {folder}/ns;\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}/nginx; }} }}\n"
    )
    command = [shutil.which("nginx") or "nginx", "-c", str(config), "-e", "stderr"]
    with running(command, f"http://127.0.0.1:{port}/v1/ask") as url:
        yield url


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
