"""Small shops, to ask in a shopper's words."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import index
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.settings import Settings

Ask = Callable[[str], list[str]]


def opened(
    folder: Path,
    rows: Sequence[tuple[str, str, str]],
    settings: Settings,
    bought: Sequence[Sequence[str]] = (),
) -> Engine:
    """Index rows of SKU, title and type with the baskets that they were bought in."""
    table, baskets = folder / "catalog.csv", folder / "baskets.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("sku", "title", "product_type"), *rows])
    with baskets.open("w", newline="", encoding="utf-8") as file:
        lines = [(n, sku) for n, basket in enumerate(bought) for sku in basket]
        csv.writer(file).writerows([("basket_id", "sku"), *lines])
    index(
        Home(folder / "home"),
        [table],
        [baskets] if bought else [],
        feed=None,
        field_map=None,
        embedder=load_embedder("hash"),
        pack=load_pack(),
        progress=lambda *_: None,
    )
    return Engine.open(folder / "home", settings=settings)


def asking(engine: Engine) -> Ask:
    """Return what gives the SKUs of an answer, built anew."""

    def ask(question: str) -> list[str]:
        body = engine.ask(question, use_cache=False).to_dict()
        return [p["sku"] for group in body["groups"] for p in group["products"]]

    return ask
