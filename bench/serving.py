"""Measures hits over HTTP beside peers that return the same bytes, in the same run, on loopback.

python bench/serving.py                     hits beside peers, then hits while 8 build
python bench/serving.py --home .goeswith    builds on a home of your own [camera]

Every server has one worker. They are asked in turn by wrk with one thread, in rounds, so that all
meet the same noise; a ratio is the median over rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from servers import (
    Figures,
    asking,
    camera_home,
    fetch,
    filled,
    nginx,
    peer,
    script,
    service,
    wrk,
)

CONNECTIONS = (1, 32)
MEMORY_TARGET, DISK_TARGET, BUSY_TARGET = 0.90, 0.55, 3.0
HASH = {"GOESWITH_RETRIEVAL__EMBEDDER": "hash"}
HIT = "lens for Canon EOS R10"
MISSED = 1
NOT_RUN = 2


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; return 1 when a target was missed."""
    parser = argparse.ArgumentParser(description="hits over HTTP beside peers")
    parser.add_argument("--home", type=Path, help="an indexed home for the builds [camera]")
    parser.add_argument("--question", default=HIT, help="one that this home can answer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1)
    chosen = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        print("wrk is not installed (apt-get install wrk): nothing was measured")
        return NOT_RUN
    with tempfile.TemporaryDirectory() as folder:
        kept = hits(Path(folder), chosen.rounds, chosen.seconds)
        kept &= busy(Path(folder), chosen.home, chosen.question, chosen.rounds, chosen.seconds)
    return 0 if kept else MISSED


def hits(folder: Path, rounds: int, seconds: int) -> bool:
    """Compare hits with peers."""
    home = folder / "hits"
    camera_home(home)
    paths = filled(home)
    with ExitStack() as stack:
        ours = stack.enter_context(service(home, **HASH))
        small = stack.enter_context(service(home, GOESWITH_CACHE__MEMORY_MB="1", **HASH))
        payload = folder / "payload.json"
        payload.write_bytes(fetch(ours + paths[0]))
        payload.write_bytes(fetch(ours + paths[0]))
        each = script(folder / "each.lua", paths)
        same = script(folder / "same.lua", paths[:1])
        peers = {
            "bare ASGI app": (stack.enter_context(peer("bare", payload)), same),
            "goeswith, memory": (ours, same),
            "goeswith, disk": (small, each),
            "Starlette Response": (stack.enter_context(peer("framework", payload)), same),
        }
        if shutil.which("nginx"):
            peers["nginx, static file"] = (stack.enter_context(nginx(folder, payload)), same)
        print(f"a hit of {payload.stat().st_size:,} bytes over HTTP, one worker each")
        return compare(peers, rounds, seconds)


def compare(peers: dict[str, tuple[str, Path]], rounds: int, seconds: int) -> bool:
    """Ask the peers in turn and print their figures; return whether the targets were met."""
    kept = True
    for connections in CONNECTIONS:
        seen: dict[str, list[Figures]] = {name: [] for name in peers}
        choose = random.Random(connections)
        for _ in range(rounds):
            for name in choose.sample(list(peers), len(peers)):
                url, lua = peers[name]
                seen[name].append(wrk(url, lua, connections, seconds))
        print(f"\n  {connections} connection{'s' * (connections > 1)}")
        bare = seen["bare ASGI app"]
        for name, figures in seen.items():
            ratios = [f.rate / b.rate for f, b in zip(figures, bare, strict=True)]
            ratio = statistics.median(ratios)
            target = {"goeswith, memory": MEMORY_TARGET, "goeswith, disk": DISK_TARGET}.get(name)
            told = f"  (target {target:.2f})" if target else ""
            kept &= target is None or ratio >= target
            print(
                f"    {name:<20} {statistics.median(f.rate for f in figures):>8,.0f} /s   "
                f"p50 {statistics.median(f.p50 for f in figures):>6,.0f} µs   "
                f"p99 {statistics.median(f.p99 for f in figures):>6,.0f} µs   "
                f"ratio {ratio:.2f}{told}"
            )
    return kept


def busy(folder: Path, home: Path | None, question: str, rounds: int, seconds: int) -> bool:
    """Compare the p99 of hits with and without 8 clients that have new answers built."""
    own = folder / "busy"
    if home is None:
        camera_home(own)
    else:
        shutil.copytree(home, own)
    environ = {} if home is not None else HASH
    with service(own, **environ) as url:
        path = f"/v1/ask?{urlencode({'question': question})}"
        fetch(url + path)
        if msgspec.json.decode(fetch(url + path))["cache"]["tier"] != "memory":
            raise SystemExit(f"'{question}' is no hit in this home: choose another with --question")
        lua = script(folder / "hit.lua", [path])
        idle, loaded = [], []
        builds = 0
        for number in range(rounds):
            idle.append(wrk(url, lua, 32, seconds).p99)
            with asking(url, 8, number) as count:
                loaded.append(wrk(url, lua, 32, seconds).p99)
            builds += count()
    ratio = statistics.median(b / a for a, b in zip(idle, loaded, strict=True))
    print(f"\nhits at 32 connections while 8 clients ask new questions ({builds} were built)")
    print(f"  idle  p99 {statistics.median(idle):>8,.0f} µs")
    print(f"  busy  p99 {statistics.median(loaded):>8,.0f} µs   ratio {ratio:.1f}  (target 3.0)\n")
    return ratio <= BUSY_TARGET


if __name__ == "__main__":
    sys.exit(main())
