"""Change 1% of the grocery catalog, index it again, and count what that touches in a warm cache.

    python bench/change.py                        indexes the grocery data twice, some minutes
    python bench/change.py --home HOME            changes a copy of a home that is indexed already
    python bench/change.py --products N           only the N products bought most, for a quick look

Of the changed products, eight in ten are renamed, one is gone and one is new. Asked is what goes
with the 500 types bought most, and with 500 others drawn with a fixed seed.

An answer carries a changed product when it names one that changed or went, and a changed type when
it names the type of one of these or of a new one. A touched answer that carries neither shows, or
may now show, a mined relation that the change moved.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import polars as pl

from goeswith.engine.answer import Answer
from goeswith.engine.catalog import Snapshot
from goeswith.engine.catalog.diff import diff
from goeswith.engine.cli.demo import grocery_files
from goeswith.engine.engine import Engine
from goeswith.engine.errors import QuestionError
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import IndexReport, index
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings, load_settings
from goeswith.engine.tags import type_tag

SHARE = 0.01
QUESTIONS = 500


def changed(products: pl.DataFrame) -> pl.DataFrame:
    """Return the catalog with 1% changed."""
    choose = random.Random(7)
    ids = products["product_id"].to_list()
    picked = choose.sample(ids, round(len(ids) * SHARE))
    renamed, gone, twins = (set(picked[n::10]) for n in (0, 8, 9))
    for number in range(1, 8):
        renamed |= set(picked[number::10])
    size = pl.when(pl.col("product_id").is_in(list(renamed))).then(pl.lit("13 OZ"))
    kept = products.filter(~pl.col("product_id").is_in(list(gone)))
    kept = kept.with_columns(size.otherwise(pl.col("package_size")).alias("package_size"))
    new = products.filter(pl.col("product_id").is_in(list(twins)))
    new = new.with_columns(pl.col("product_id") + 10**9)
    return pl.concat([kept, new])


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


def indexed(home: Path, catalog: Path, baskets: Path, embedder: str) -> IndexReport:
    """Index into a home."""
    return index(
        Home(home),
        [catalog],
        [baskets],
        feed="completejourney",
        field_map=None,
        embedder=load_embedder(embedder),
        pack=load_pack(),
        progress=quiet,
    )


def questions(engine: Engine) -> list[str]:
    """Return what is asked: the head by popularity, and a sample of the tail."""
    shop = engine.shop
    order = shop.behaviour.type_popularity.argsort(kind="stable")[::-1].tolist()
    head, tail = order[:QUESTIONS], order[QUESTIONS:]
    picked = head + random.Random(11).sample(tail, min(QUESTIONS, len(tail)))
    names = (shop.catalog.types[number] for number in picked)
    return list(dict.fromkeys(f"what goes with {path[-1]}" for path in names if path))


def asked(engine: Engine) -> dict[str, Answer]:
    """Ask everything that can be read as a question."""
    answers = {}
    for text in questions(engine):
        with contextlib.suppress(QuestionError):
            answers[text] = engine.ask(text)
    return answers


def named(answer: Answer) -> set[str]:
    """Return the SKUs an answer names."""
    nodes = {node.id for node in answer.data().graph.nodes if node.kind == "product"}
    products = {p.sku for group in answer.data().groups for p in group.products}
    return products | {node.removeprefix("sku:") for node in nodes}


def types_of(answer: Answer) -> set[str]:
    """Return the types an answer names, as nodes are called."""
    nodes = {node.id for node in answer.data().graph.nodes if node.kind == "type"}
    products = {p.product_type for group in answer.data().groups for p in group.products}
    return nodes | {type_tag(path) for path in products if path}


def shape(answer: Answer) -> object:
    """Return what an answer says, without scores and counts."""
    body = answer.data()
    return (
        [need.phrase for need in body.plan.needs],
        [[p.sku for p in group.products] for group in body.groups],
        sorted((edge.source, edge.relation, edge.target) for edge in body.graph.edges),
    )


class Seen(msgspec.Struct):
    """What became of the answers, by question. `untrue` shows what no longer holds."""

    dropped: set[str] = set()
    refreshed: set[str] = set()
    untouched: set[str] = set()
    untrue: set[str] = set()
    not_renewed: set[str] = set()
    otherwise: set[str] = set()


def look(engine: Engine, before: dict[str, Answer], touched: set[str]) -> Seen:
    """Look at every answer, ask for those that are stale, and build all of them again beside."""
    seen = Seen()
    for text, was in before.items():
        now = engine.look(text)
        if now is None:
            seen.dropped.add(text)
            continue
        (seen.refreshed if now.cache.stale else seen.untouched).add(text)
        if now.body != was.body or named(now) & touched or lost(engine, now):
            seen.untrue.add(text)
        if engine.background is not None:
            engine.background.drain()
    for text in seen.refreshed | seen.untouched:
        now, built = engine.ask(text), engine.ask(text, use_cache=False)
        if now.cache.stale or now.cache.tier == "none":
            seen.not_renewed.add(text)
        if shape(now) != shape(built):
            seen.otherwise.add(text)
    return seen


def lost(engine: Engine, answer: Answer) -> bool:
    """Tell whether an answer shows a relation for which only baskets spoke, and speak no more."""
    shop, kinds = engine.shop, engine.shop.kinds
    for edge in answer.data().graph.edges:
        if {item.kind for item in edge.evidence} != {"behaviour"}:
            continue
        if edge.source.startswith("type:"):
            ends = (kinds.type_id(edge.source), kinds.type_id(edge.target))
            pair = shop.behaviour.type_pair(*ends)
        else:
            rows = [
                shop.catalog.row(end.removeprefix("sku:")) for end in (edge.source, edge.target)
            ]
            pair = shop.behaviour.sku_pair(*(-1 if row is None else row for row in rows))
        if pair.verdict != "supports":
            return True
    return False


def measure(home: Path, settings: Settings, products: pl.DataFrame, baskets: Path) -> int:
    """Warm, change, index, look; return 1 when anything stayed that should have gone."""
    with Engine.open(home, settings=settings) as engine:
        before = asked(engine)
        old = engine.shop.catalog
    catalog = changed(products)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.parquet"
        catalog.write_parquet(path)
        began = time.perf_counter()
        report = indexed(home, path, baskets, settings.retrieval.embedder)
        seconds = time.perf_counter() - began
    with Engine.open(home, settings=settings) as engine:
        engine.warm()
        new = engine.shop.catalog
        found = diff(old, new)
        touched = {*found.changed, *found.removed}
        seen = look(engine, before, touched)
        calls = engine.usage.counts().get("lm_calls", 0)
    moved = {kind_of(old, sku) for sku in touched} | {kind_of(new, sku) for sku in found.added}
    change = report.change
    print(f"{len(products):,} products: {change.changed:,} changed, {change.removed:,} gone,")
    print(f"{change.added:,} new, of {len(moved):,} types; {change.relations:,} mined relations")
    print("told otherwise\n")
    print(f"{'':<34}{'answers':>9}{'with such':>12}{'only a type':>13}{'neither':>9}")
    print(f"{'':<34}{'':>9}{'a product':>12}{'of one':>13}")
    rows = {
        "dropped": seen.dropped,
        "refreshed: once stale, then new": seen.refreshed - seen.not_renewed,
        "untouched: a hit, byte-identical": seen.untouched - seen.untrue,
        "wrong": seen.untrue | seen.not_renewed,
        "all": set(before),
    }
    nothing = neither = 0
    for name, texts in rows.items():
        products_of = {text for text in texts if named(before[text]) & touched}
        of_types = {t for t in texts - products_of if types_of(before[t]) & moved}
        rest = len(texts) - len(products_of) - len(of_types)
        cells = f"{len(products_of):>12,}{len(of_types):>13,}{rest:>9,}"
        print(f"{name:<34}{len(texts):>9,}{cells}")
        if name.startswith(("dropped", "refreshed")):
            nothing += sum(not before[text].data().groups for text in texts)
            neither += rest
    otherwise = seen.otherwise & seen.untouched
    print(f"\ntouched and carrying neither                      {neither:>6,}")
    print(f"  of these, had found nothing                     {nothing:>6,}")
    print(f"  may show a mined relation that moved            {neither - nothing:>6,}")
    print(f"untouched ones that a build now gives otherwise  {len(otherwise):>6,}")
    print(f"LM calls in the whole run                        {calls:>6,}")
    print(f"index again, dropping included                   {seconds:>6.0f} s")
    return int(bool(rows["wrong"]))


def kind_of(catalog: Snapshot, sku: str) -> str:
    """Return the type of a product, as its node is called."""
    row = catalog.row(sku)
    return "" if row is None else type_tag(catalog.product(row).product_type)


def main() -> int:
    """Read the arguments and measure in a folder that is removed afterwards."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--home", type=Path, help="an indexed grocery home, left as it is")
    arguments.add_argument("--products", type=int, help="only so many products")
    told = arguments.parse_args()
    catalog, baskets = grocery_files()
    products = pl.read_parquet(catalog)
    settings = load_settings(environ={})
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if told.products:
            bought = pl.read_parquet(baskets)["product_id"].value_counts(sort=True)
            products = products.join(bought.head(told.products), on="product_id", how="semi")
            retrieval = msgspec.structs.replace(settings.retrieval, embedder="hash")
            settings = msgspec.structs.replace(settings, retrieval=retrieval)
        if told.home:
            shutil.copytree(told.home, home)
        else:
            first = Path(folder) / "products.parquet"
            products.write_parquet(first)
            indexed(home, first, baskets, settings.retrieval.embedder)
        return measure(home, settings, products, baskets)


if __name__ == "__main__":
    sys.exit(main())
