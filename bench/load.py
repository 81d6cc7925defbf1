"""A load test on loopback, bounded in count and time: hits and new questions over 32 connections.

python bench/load.py                  10,000 requests, one in fifty a new question, 120 s at most
python bench/load.py --new 5          one in five a new question

It fails when a response is neither 200 nor a 503 that says when to come back, or a hit is shed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
from servers import camera_home, service

CONNECTIONS = 32
HIT = "what do I need to photograph birds with a Canon EOS R10"


def main(arguments: list[str] | None = None) -> int:
    """Run the test; return 1 when a response was not as it should be."""
    parser = argparse.ArgumentParser(description="a bounded load test")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--new", type=int, default=50, help="one in so many is a new question")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        camera_home(home)
        environ = {
            "GOESWITH_RETRIEVAL__EMBEDDER": "hash",
            "GOESWITH_SERVE__WORKERS": str(chosen.workers),
        }
        with service(home, **environ) as url:
            return asyncio.run(load(url, chosen.requests, chosen.new, chosen.seconds))


async def load(url: str, requests: int, new: int, seconds: float) -> int:
    """Ask and print what came back."""
    numbers = iter(range(requests))
    until = time.monotonic() + seconds
    statuses: dict[str, Counter[int]] = {"hit": Counter(), "new": Counter()}
    times: dict[str, list[float]] = {"hit": [], "new": []}
    bad = 0

    async def ask(client: httpx.AsyncClient) -> None:
        nonlocal bad
        for number in numbers:
            if time.monotonic() > until:
                return
            kind = "new" if number % new == 0 else "hit"
            question = f"tripod for trip {number} with a Nikon Z6 II" if kind == "new" else HIT
            began = time.perf_counter()
            response = await client.post("/v1/ask", json={"question": question})
            times[kind].append(time.perf_counter() - began)
            statuses[kind][response.status_code] += 1
            shed = response.status_code == 503 and "retry-after" in response.headers
            bad += response.status_code != 200 and not (shed and kind == "new")

    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        await client.post("/v1/ask", json={"question": HIT})
        began = time.monotonic()
        await asyncio.gather(*(ask(client) for _ in range(CONNECTIONS)))
        took = time.monotonic() - began
    asked = sum(map(len, times.values()))
    print(f"{asked:,} requests in {took:.1f} s over {CONNECTIONS} connections, client in Python")
    for kind, seen in times.items():
        if seen:
            ordered = sorted(seen)
            p50, p99 = (ordered[len(ordered) * part // 100] * 1e3 for part in (50, 99))
            told = ", ".join(
                f"{count:,} × {code}" for code, count in sorted(statuses[kind].items())
            )
            print(f"  {kind}: {told}   p50 {p50:.1f} ms   p99 {p99:.1f} ms")
    print("all as it should be" if not bad else f"{bad} responses were not as they should be")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
