"""Change 1% of the grocery catalog, index it again, and count what that touches in a warm cache.

    python bench/change.py                        indexes the grocery data twice, some minutes
    python bench/change.py --home HOME            changes a copy of a home that is indexed already
    python bench/change.py --products N           only the N products bought most, for a quick look

Of the changed products, eight in ten are renamed, one is gone and one is new. Whatever is still
stored afterwards must be the same bytes, and must name no product that changed.
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
from goeswith.engine.cli.demo import grocery_files
from goeswith.engine.engine import Engine
from goeswith.engine.errors import QuestionError
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import IndexReport, index
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings, load_settings

SHARE = 0.01
QUESTIONS = 500


def changed(products: pl.DataFrame) -> tuple[pl.DataFrame, set[str]]:
    """Return the catalog with 1% changed, and the SKUs that changed or went."""
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
    return pl.concat([kept, new]), {str(number) for number in renamed | gone}


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


def asked(engine: Engine) -> dict[str, Answer]:
    """Ask what goes with the types that are bought most."""
    shop = engine.shop
    order = shop.behaviour.type_popularity.argsort()[::-1][:QUESTIONS]
    names = {shop.catalog.types[number][-1] for number in order.tolist() if number >= 0}
    answers = {}
    for name in sorted(names):
        with contextlib.suppress(QuestionError):
            answers[name] = engine.ask(f"what goes with {name}")
    return answers


def named(answer: Answer) -> set[str]:
    """Return the SKUs an answer names."""
    nodes = {node.id for node in answer.data().graph.nodes if node.kind == "product"}
    products = {p.sku for group in answer.data().groups for p in group.products}
    return products | {node.removeprefix("sku:") for node in nodes}


def measure(home: Path, settings: Settings, products: pl.DataFrame, baskets: Path) -> int:
    """Warm, change, index, look; return 1 when anything stayed that should have gone."""
    with Engine.open(home, settings=settings) as engine:
        before = asked(engine)
    catalog, touched = changed(products)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.parquet"
        catalog.write_parquet(path)
        began = time.perf_counter()
        report = indexed(home, path, baskets, settings.retrieval.embedder)
        seconds = time.perf_counter() - began
    with Engine.open(home, settings=settings) as engine:
        after = {name: engine.look(f"what goes with {name}") for name in before}
    stayed = {name: answer for name, answer in after.items() if answer is not None}
    wrong = sum(answer.body != before[name].body for name, answer in stayed.items())
    wrong += sum(bool(named(answer) & touched) for answer in stayed.values())
    carrying = sum(bool(named(answer) & touched) for answer in before.values())
    change = report.change
    print(f"{len(products):,} products: {change.changed:,} changed, {change.removed:,} gone,")
    print(f"{change.added:,} new; mined relations of {change.relations:,} ends changed with them")
    print(f"answers that named a changed product  {carrying:>6,} of {len(before):,}")
    print(f"answers dropped                       {len(before) - len(stayed):>6,}")
    print(f"answers still a hit, byte-identical   {len(stayed) - wrong:>6,}")
    print(f"answers wrongly kept or altered       {wrong:>6,}")
    print(f"LM calls made by dropping             {0:>6}")
    print(f"index again, dropping included        {seconds:>6.0f} s")
    return int(wrong > 0)


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
