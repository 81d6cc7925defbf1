"""The process that builds for a worker: when it is lost hits go on, and it never outlives both."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.engine.http.conftest import wait_for

QUESTION = "what do I need to photograph birds with a Canon EOS R10"
PATIENCE_S = 60.0


def children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (thread / "children").read_text().split())
    return found


def gone(pid: int) -> bool:
    try:
        return "zombie" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_hits_go_on_when_the_builder_is_lost(start: Any, home: Path) -> None:
    served = start(home)
    (builder,) = children(served.process.pid)
    with served.client() as client:
        client.post("/v1/ask", json={"question": QUESTION})
    stop = threading.Event()
    hits: list[httpx.Response] = []
    new: list[httpx.Response] = []

    def ask(kept: list[httpx.Response], question: str) -> None:
        with served.client() as client:
            number = 0
            while not stop.is_set():
                number += 1
                kept.append(client.post("/v1/ask", json={"question": question.format(number)}))

    asked = [(hits, QUESTION), *((new, f"tripod for trip {n} {{}} of mine") for n in range(4))]
    threads = [threading.Thread(target=ask, args=each) for each in asked]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(new) > 8)
    os.kill(builder, signal.SIGKILL)
    before = len(hits)
    wait_for(lambda: any(r.status_code == 503 for r in new))
    wait_for(lambda: new[-1].status_code == 200 and len(hits) > before + 20)
    stop.set()
    for thread in threads:
        thread.join()
    assert {r.status_code for r in hits} == {200}
    told = Counter(r.status_code for r in new)
    assert set(told) == {200, 503}
    assert told[503] <= 4, "only what was being built is lost"
    lost = next(r for r in new if r.status_code == 503)
    assert lost.json()["error"]["code"] == "unavailable"
    assert lost.headers["retry-after"] == "1"
    served.wait_ready()
    with served.client() as client:
        assert "goeswith_builder_restarts_total 1.0" in client.get("/metrics").text
    assert children(served.process.pid) != [builder]
    assert served.stop() == 0


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_service(start: Any, home: Path, name: signal.Signals) -> None:
    served = start(home)
    (builder,) = children(served.process.pid)
    served.process.send_signal(name)
    served.process.wait(PATIENCE_S)
    wait_for(lambda: gone(builder))


def test_builds_in_threads_need_no_other_process(start: Any, home: Path) -> None:
    served = start(home, GOESWITH_SERVE__BUILDER="thread")
    with served.client() as client:
        tiers = [
            client.post("/v1/ask", json={"question": QUESTION}).json()["cache"]["tier"]
            for _ in range(2)
        ]
    assert tiers == ["none", "memory"]
    assert children(served.process.pid) == []


def test_a_damaged_home_is_told_and_hits_are_served(start: Any, home: Path) -> None:
    served = start(home)
    with served.client() as client:
        client.post("/v1/ask", json={"question": QUESTION})
    served.stop()
    for vectors in home.rglob("*.npy"):
        vectors.write_bytes(bytes(vectors.stat().st_size))
    damaged = start(home, ready=False)
    with damaged.client() as client:
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
        refused = client.post("/v1/ask", json={"question": "a strap for a Nikon Z6 II"})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "unavailable"
        assert client.get("/readyz").status_code == 503
