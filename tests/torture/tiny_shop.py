"""A small shop whose catalog has versions, and what may be served of each. Shared by trials."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import msgspec

from goeswith.engine.answer import Answer
from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.pack import Pack, load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings, load_settings

TYPES = ("Cake Mix", "Frosting", "Green Tea", "Lemon Juice", "Charcoal", "Lighter Fluid")
EACH = 5
PERIOD = 4
QUESTIONS = (
    "what goes with cake mix",
    "what goes with green tea",
    "what goes with charcoal",
    "frosting",
    "lighter fluid",
    "lemon juice",
)


def settings(**flags: object) -> Settings:
    """Settings for a home embedded by spelling, with others on top."""
    told = {name.replace("__", "."): value for name, value in flags.items()}
    return load_settings(environ={}, flags={"retrieval.embedder": "hash", **told})


def pack() -> Pack:
    """The shipped rules and no curated knowledge, which takes no time to ground."""
    full = load_pack()
    return Pack(
        version="tiny",
        activities=(),
        relations=(),
        rules=full.rules,
        accepts=full.accepts,
        adapters=full.adapters,
        aliases={},
        generic=full.generic,
    )


def titles(version: int) -> dict[str, str]:
    """Return the products of a version: a quarter is renamed with each, and one type loses one."""
    found = {}
    for number in range(len(TYPES) * EACH):
        kind, nth = divmod(number, EACH)
        gone = nth == version % EACH and kind == version % len(TYPES)
        if not gone:
            renamed = version - (version - number) % PERIOD
            found[f"P{number}"] = f"{TYPES[kind]} number {nth} make {max(renamed, 0)}"
    return found


def make(home: Path, version: int, sold: dict[str, str] | None = None) -> None:
    """Index a version of the shop, or `sold`: titles by SKU, whose number names the type."""
    place = home.parent / f"feed-{version}"
    place.mkdir(parents=True, exist_ok=True)
    sold = titles(version) if sold is None else sold
    with (place / "catalog.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("sku", "title", "product_type"))
        kinds = {sku: TYPES[int(sku[1:]) // EACH % len(TYPES)] for sku in sold}
        rows.writerows((sku, title, kinds[sku]) for sku, title in sold.items())
    with (place / "baskets.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("basket_id", "sku"))
        for basket in range(240):
            pair = 2 * (basket % 3)
            for kind in (pair, pair + 1):
                sku = f"P{kind * EACH + basket // 3 % EACH}"
                if sku in sold:
                    rows.writerow((f"b{basket}", sku))
    index(
        Home(home),
        [place / "catalog.csv"],
        [place / "baskets.csv"],
        feed=None,
        field_map=None,
        embedder=load_embedder("hash"),
        pack=pack(),
        progress=lambda stage, done, total: None,
    )


def opened(home: Path, **flags: object) -> Engine:
    """Open an engine."""
    return Engine.open(home, settings=settings(**flags), pack=pack())


def started(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    """Run a trial's script with arguments in a new process; its standard input is the gate.

    Nothing is forked: the libraries behind an index have threads that a fork would lose.
    """
    command = [sys.executable, script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def version_of(home: Path) -> int:
    """Return the version that is current. Version n is generation n + 1."""
    return int((home / "CURRENT").read_text()) - 1


def told(answer: Answer) -> dict[str, str]:
    """Return the products of an answer."""
    return {p.sku: p.title for group in answer.data().groups for p in group.products}


def is_of(answer: Answer, first: int, last: int) -> bool:
    """Tell whether an answer holds products of one version from `first` to `last`, as they were."""
    served = told(answer).items()
    return any(served <= titles(version).items() for version in range(first, last + 1))


def differences(home: Path) -> int:
    """Count the stored answers that differ from what is built now, once stale ones are renewed."""
    wrong = 0
    with opened(home, cache__paraphrase="off") as engine:
        for question in QUESTIONS:
            stored = engine.look(question)
            if stored is not None and stored.cache.stale and engine.background is not None:
                engine.background.drain()
                stored = engine.look(question)
                wrong += stored is None or stored.cache.stale
            if stored is not None:
                built = engine.ask(question, use_cache=False)
                wrong += named(stored) != named(built)
    return wrong


def named(answer: Answer) -> object:
    """Return what an answer says, to compare by."""
    body = answer.data()
    edges = sorted((edge.source, edge.relation, edge.target) for edge in body.graph.edges)
    return msgspec.to_builtins((told(answer), edges, body.degraded))
