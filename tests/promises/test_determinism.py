"""Promise 11: the same inputs give the same bytes."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

QUESTIONS = (
    "what do I need to photograph birds with a Canon EOS R10",
    "what goes with Canon EOS R10",
    "instead of Canon EOS R10",
    "lens under $400 not Canon",
    "tripod",
    "what goes with binoculars",
)

INDEX_AND_ASK = """
import sys
from pathlib import Path
from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import load_settings

home, catalog, baskets, *questions = sys.argv[1:]
index(Home(Path(home)), [Path(catalog)], [Path(baskets)], feed=None, field_map=None,
      embedder=load_embedder("hash"), pack=load_pack(), progress=lambda *_: None)
settings = load_settings(environ={}, flags={"retrieval.embedder": "hash"})
with Engine.open(home, settings=settings) as engine:
    for question in questions:
        sys.stdout.buffer.write(engine.ask(question).body + b"\\n")
"""


def begin(folder: Path, camera: Path, seed: str) -> subprocess.Popen[bytes]:
    files = [str(folder / seed), str(camera / "catalog.csv"), str(camera / "baskets.csv")]
    return subprocess.Popen(
        [sys.executable, "-c", INDEX_AND_ASK, *files, *QUESTIONS],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )


def test_processes_with_other_hash_seeds_agree(tmp_path: Path, camera: Path) -> None:
    processes = [begin(tmp_path, camera, seed) for seed in ("1", "4242")]
    first, second = (process.communicate()[0].splitlines() for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert len(first) == len(QUESTIONS)
    assert first == second


def catalog_of(camera: Path) -> list[dict[str, str]]:
    with (camera / "catalog.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def baskets_of(camera: Path) -> list[list[str]]:
    baskets: dict[str, list[str]] = {}
    with (camera / "baskets.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            baskets.setdefault(row["basket_id"], []).append(row["sku"])
    return list(baskets.values())


def test_the_order_of_the_catalog_does_not_matter(make: Any, camera: Path) -> None:
    rows, baskets = catalog_of(camera), baskets_of(camera)
    shuffled = list(rows)
    random.Random(3).shuffle(shuffled)
    one = make.open(make.index(rows, baskets))
    other = make.open(make.index(shuffled, baskets))
    for question in QUESTIONS:
        assert one.ask(question).body == other.ask(question).body, question


def test_the_order_of_the_baskets_changes_no_choice(make: Any, camera: Path) -> None:
    rows, baskets = catalog_of(camera), baskets_of(camera)
    mixed = [basket[::-1] for basket in baskets]
    random.Random(4).shuffle(mixed)
    one = make.open(make.index(rows, baskets))
    other = make.open(make.index(rows, mixed))
    for question in QUESTIONS:
        first, second = one.ask(question).data(), other.ask(question).data()
        assert first.groups == second.groups
        assert first.plan == second.plan


def test_asking_in_another_order_gives_the_same_bytes(make: Any, camera: Path) -> None:
    home = make.index(catalog_of(camera))
    one, other = make.open(home), make.open(home)
    forward = {q: one.ask(q, use_cache=False).body for q in QUESTIONS}
    backward = {q: other.ask(q, use_cache=False).body for q in reversed(QUESTIONS)}
    again = {q: one.ask(q, use_cache=False).body for q in QUESTIONS}
    assert forward == backward == again
