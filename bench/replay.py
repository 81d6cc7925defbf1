"""Replays questions drawn by popularity after a warm-up, and counts exact hits.

python bench/replay.py [--asks 20000] [--top 0.2] [--json]

The catalog are the phones, the questions the Best Buy query suggestions, both under
../shared/data (or GOESWITH_DATA); without them nothing is measured. Two laws are drawn from, each
with a fixed seed and a home of its own: the popularity as it was counted (751 of 2,120 questions
were asked at all), and Zipf with exponent 1 over all 2,120, which has a longer tail. The log that
is warmed holds the expected counts of the same law. Most questions are about other wares than
phones; those have no answer here, and an empty answer found in the cache is a hit like any other.

`at most` is what no exact cache could pass: every ask a hit but the first of each question, by
key, that was not warmed. `cold` is the same without a warm-up.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from goeswith.engine import Engine
from goeswith.engine.errors import QuestionError
from goeswith.engine.settings import Settings, load_settings
from goeswith.eval.loaders.phones import load_phones, load_queries
from goeswith.eval.replay.law import laws
from goeswith.eval.shelf import indexed_products

SEED = 20_261
DATA = Path(
    os.environ.get("GOESWITH_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
)
PHONES = DATA / "phones"
QUERIES = DATA / "queries"
COLUMNS = {
    "hits": "hit rate",
    "most": "at most",
    "cold": "cold",
    "warmed": "of them warmed",
    "lm_calls": "LM calls/question",
    "builds": "builds/question",
    "build_ms": "build p50 ms",
    "disk_us": "disk hit p50 µs",
    "memory_us": "memory hit p50 µs",
}

Row = dict[str, float | int | str]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="exact hits over a query log after a warm-up")
    parser.add_argument("--asks", type=int, default=20_000)
    parser.add_argument("--top", type=float, default=0.2, help="part of the questions to warm")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    if not (PHONES.is_dir() and QUERIES.is_dir()):
        print(f"no real data in {DATA}: nothing was replayed")
        return 0
    rows = []
    for law, weights in laws(load_queries(QUERIES)).items():
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(home=Path(folder, "home"))
            made = indexed_products(
                "phones", load_phones(PHONES), {}, Path(folder), settings, quiet
            )
            made.rename(settings.home)
            rows.append({"law": law, **replay(Path(folder), weights, chosen.asks, chosen.top)})
    if chosen.json:
        print(json.dumps(rows))
    else:
        show(rows, chosen.asks, chosen.top)
    return 0


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    """Say nothing while the phones are indexed."""


def replay(folder: Path, weights: dict[str, float], asks: int, top: float) -> Row:
    """Warm a home, ask, and return what was counted."""
    home, log = folder / "home", folder / "log.csv"
    scale = asks / sum(weights.values())
    with log.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["query", "count"])
        rows.writerows((query, max(round(w * scale), 1)) for query, w in weights.items())
    warm = warm_up(home, log, top)
    draw = random.Random(SEED).choices(list(weights), list(weights.values()), k=asks)
    told = ask_all(home, draw)
    seconds = round(warm["seconds"] + warm["opening_seconds"], 1)
    return {
        **told,
        "questions": len(weights),
        "warmed_questions": warm["chosen"],
        "warm_s": seconds,
    }


def warm_up(home: Path, log: Path, top: float) -> dict[str, Any]:
    """Run `goeswith warm` in a process of its own."""
    command = "from goeswith.engine.cli import main; main()"
    arguments = ["warm", str(log), "--home", str(home), "--top", str(top), "--json"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", command, *arguments], stdout=subprocess.PIPE, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def ask_all(home: Path, draw: Sequence[str]) -> Row:
    """Ask one question after the other."""
    took: dict[str, list[float]] = {"none": [], "disk": [], "memory": []}
    calls = unread = warmed = 0
    # Exact hits are measured: a paraphrase served would leave its own key cold.
    with Engine.open(home, settings=load_settings(flags={"cache.paraphrase": "off"})) as engine:
        keys = {query: key_of(engine, query) for query in set(draw)}
        before = {key for key in keys.values() if key and engine.answers.get(key) is not None}
        engine.answers.memory.clear()
        engine.warm()
        for query in draw:
            began = time.perf_counter()
            try:
                answer = engine.ask(query)
            except QuestionError:
                unread += 1
                continue
            took[answer.cache.tier].append(time.perf_counter() - began)
            calls += answer.cost.lm_calls
            warmed += answer.cache.tier != "none" and answer.cache.key in before
    asked = [key for query in draw if (key := keys[query])]
    read = len(asked)
    hits = len(took["disk"]) + len(took["memory"])
    return {
        "hits": hits / read,
        "most": 1.0 - len(set(asked) - before) / read,
        "cold": 1.0 - len(set(asked)) / read,
        "warmed": warmed / read,
        "lm_calls": calls / read,
        "builds": len(took["none"]) / read,
        "build_ms": median(took["none"]) * 1e3,
        "disk_us": median(took["disk"]) * 1e6,
        "memory_us": median(took["memory"]) * 1e6,
        "unread": unread,
    }


def key_of(engine: Engine, query: str) -> str:
    """Return the key of a question, or "" when it cannot be read."""
    try:
        return engine.read(query)[1]
    except QuestionError:
        return ""


def median(values: Sequence[float]) -> float:
    """Return the median, 0 of nothing."""
    return statistics.median(values) if values else 0.0


def show(rows: Sequence[Row], asks: int, top: float) -> None:
    """Print a line for each figure."""
    print(f"{asks:,} asks after warming the top {top:.0%} of the questions\n")
    print(f"{'':<22}" + "".join(f"{row['law']:>12}" for row in rows))
    for name, label in COLUMNS.items():
        cells = [float(row[name]) for row in rows]
        shares = name in {"hits", "most", "cold", "warmed"}
        told = [f"{cell:.2%}" if shares else f"{cell:.3f}" for cell in cells]
        print(f"{label:<22}" + "".join(f"{cell:>12}" for cell in told))
    for row in rows:
        print(
            f"\n{row['law']}: {row['warmed_questions']} of {row['questions']} questions warmed in "
            f"{row['warm_s']} s; {row['unread']} asks cannot be read as questions"
        )


if __name__ == "__main__":
    sys.exit(main())
