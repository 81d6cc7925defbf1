"""Many at once: one build, none dropped, no mixed snapshot, and hits while builds are shed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from goeswith.cache import Usage
from tests.engine.http.conftest import wait_for

QUESTION = "what do I need to photograph birds with a Canon EOS R10"
PATIENCE_S = 60.0


def counter(served: Any, name: str) -> float:
    with served.client() as client:
        text = client.get("/metrics").text
    return sum(float(x.split()[-1]) for x in text.splitlines() if x.startswith(name))


def gather(served: Any, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    """Ask all at once, each over a connection of its own."""

    async def go() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=len(bodies))
        async with httpx.AsyncClient(
            base_url=served.url, timeout=PATIENCE_S, limits=limits
        ) as client:
            return await asyncio.gather(*(client.post("/v1/ask", json=body) for body in bodies))

    return asyncio.run(go())


def test_200_identical_new_questions_are_one_build(start: Any, home: Path) -> None:
    served = start(home)
    responses = gather(served, [{"question": QUESTION}] * 200)
    assert Counter(r.status_code for r in responses) == {200: 200}
    assert len({r.text[r.text.index('"schema"') :] for r in responses}) == 1
    assert counter(served, "goeswith_builds_total") == 1


def test_200_identical_new_questions_to_two_workers_are_one_build(start: Any, home: Path) -> None:
    served = start(home, "--workers", "2", GOESWITH_BUDGET__DEADLINE_MS="60000")
    responses = gather(served, [{"question": QUESTION}] * 200)
    assert Counter(r.status_code for r in responses) == {200: 200}
    assert served.stop() == 0
    assert Usage(home / "cache").counts()["builds"] == 1


def test_too_many_new_questions_are_shed_and_hits_are_not(start: Any, home: Path) -> None:
    served = start(home, GOESWITH_SERVE__BUILDS="1", GOESWITH_SERVE__QUEUE="2")
    with served.client() as client:
        client.post("/v1/ask", json={"question": QUESTION})
    bodies = [{"question": f"tripod for trip {n} with a Nikon Z6 II"} for n in range(40)]
    responses = gather(served, bodies + [{"question": QUESTION}] * 40)
    new, hits = responses[:40], responses[40:]
    assert {r.status_code for r in hits} == {200}
    assert set(Counter(r.status_code for r in new)) == {200, 503}
    shed = next(r for r in new if r.status_code == 503)
    assert shed.json()["error"]["code"] == "overloaded"
    assert int(shed.headers["retry-after"]) >= 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_nothing_in_flight_is_dropped_by_sigterm(start: Any, home: Path, workers: str) -> None:
    served = start(home, "--workers", workers, GOESWITH_SERVE__QUEUE="200")
    request = (
        "GET /v1/ask?question=tripod+for+trip+{}+with+a+Nikon+Z6+II HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n"
    )
    connections = []
    for number in range(100):
        connection = socket.create_connection(served.address, timeout=PATIENCE_S)
        connection.sendall(request.format(number % 50).encode())
        connections.append(connection)
    served.process.send_signal(signal.SIGTERM)
    statuses: Counter[bytes] = Counter()
    for connection in connections:
        seen = b""
        while part := connection.recv(65_536):
            seen += part
        connection.close()
        head, _, body = seen.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        assert len(body) == length
        statuses[seen.split(b" ")[1]] += 1
    assert statuses == {b"200": 100}
    assert served.process.wait(PATIENCE_S) == 0


@contextmanager
def asking(served: Any, bodies: list[dict[str, Any]]) -> Iterator[list[httpx.Response]]:
    """Ask in a circle from four clients until the block ends."""
    stop = threading.Event()
    seen: list[httpx.Response] = []

    def ask(offset: int) -> None:
        with served.client() as client:
            number = offset
            while not stop.is_set():
                seen.append(client.post("/v1/ask", json=bodies[number % len(bodies)]))
                number += 1

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_new_index_is_taken_in_under_load(start: Any, home: Path, camera: Path) -> None:
    served = start(home, "--workers", "2")
    changed = home.parent / "catalog.csv"
    text = (camera / "catalog.csv").read_text()
    marked = text.replace("Nikon Z6 II", "Nikon Z6 II Renewed")
    assert marked != text
    changed.write_text(marked)
    bodies = [
        {"question": f"{what} for a Nikon Z6 II"} for what in ("battery", "lens", "memory card")
    ]
    with asking(served, bodies) as seen:
        wait_for(lambda: len(seen) > 20)
        command = "from goeswith.engine.cli import main; main()"
        subprocess.run(
            [
                *(sys.executable, "-c", command, "index", str(changed), "--home", str(home)),
                *("--behaviour", str(camera / "baskets.csv")),
            ],
            env={**os.environ, "GOESWITH_RETRIEVAL__EMBEDDER": "hash"},
            check=True,
            capture_output=True,
        )
        wait_for(lambda: all("Renewed" in r.text for r in seen[-30:]))
    assert {r.status_code for r in seen} == {200}
    for response in seen:
        titles = [node["label"] for node in response.json()["graph"]["nodes"]]
        old = sum("Nikon Z6 II" in title and "Renewed" not in title for title in titles)
        new = sum("Renewed" in title for title in titles)
        assert not (old and new), "one answer names a product as it was and as it is"


def test_granian_serves_it_too(home: Path, tmp_path: Path) -> None:
    granian = shutil.which("granian", path=str(Path(sys.executable).parent))
    if granian is None:
        pytest.skip("granian is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(granian, "--interface", "asgi", "--port", str(port), "--factory"),
            "goeswith.engine.http.serve:application",
        ],
        env={
            **os.environ,
            "GOESWITH_HOME": str(home),
            "GOESWITH_RETRIEVAL__EMBEDDER": "hash",
        },
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
            wait_for(lambda: answers(client))
            tiers = [
                client.post("/v1/ask", json={"question": QUESTION}).json()["cache"]["tier"]
                for _ in range(3)
            ]
            assert tiers == ["none", "memory", "memory"]
            huge = client.post("/v1/ask", content=b"x" * 100_000)
            assert huge.status_code in (413, 415)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
