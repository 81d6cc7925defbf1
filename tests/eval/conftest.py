"""A made-up shop, small enough to index in a test: sixteen sets of five types that go together."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from goeswith.engine.settings import Cache, Retrieval, Settings
from goeswith.eval.anchors import AnchorRules
from goeswith.eval.arms import chosen
from goeswith.eval.model import Prepared
from goeswith.eval.report import Circumstances, Report, make_report
from goeswith.eval.run import Played, play
from goeswith.eval.shophome import Source
from goeswith.eval.split import Columns
from goeswith.eval.suites.goes_with import GoesWithSpec, SplitRules, TruthRules, prepare

Scored = Callable[..., Report]

SETS, SIZE, PRODUCTS = 16, 5, 2
WEEKS, BASKETS = 40, 4_000
FIRST_DAY = datetime(2025, 1, 6)
CUT = FIRST_DAY + timedelta(weeks=30)
COLUMNS = Columns(basket="basket_id", time="time")
SPEC = GoesWithSpec(
    about="a made-up shop",
    text="what goes with {phrase}",
    measures=("nDCG@10", "R@10"),
    questions=60,
    split=SplitRules(learn_share=0.75),
    truth=TruthRules(limits=(1.5, 3.0, 6.0)),
    anchors=AnchorRules(least_baskets=10, least_truth=2, name_share=0.8, head_share=0.5),
)
_SYLLABLES = ("bra", "dol", "fen", "gim", "hur", "kal", "mov", "nep", "pid", "ruz", "sot", "tav")

Maker = Callable[..., Prepared]


def names() -> list[str]:
    """Return made-up type names that share no word: 12 * 12 * 12 are enough."""
    pick = np.random.default_rng(7)
    chosen: dict[str, None] = {}
    while len(chosen) < SETS * SIZE:
        chosen["".join(pick.choice(_SYLLABLES, size=4))] = None
    return list(chosen)


def write_shop(folder: Path, later_seed: int) -> Source:
    """Write a catalog and baskets. In the later weeks `later_seed` decides what goes together."""
    catalog, baskets = folder / "catalog.csv", folder / "baskets.parquet"
    with catalog.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sku", "title", "brand", "product_type", "price"])
        for number, name in enumerate(names()):
            for product in range(PRODUCTS):
                shelf = f"Shelf {number % SIZE}"
                title = f"{name.title()} {product}"
                writer.writerow(
                    [f"P{number}-{product}", title, "", f"{shelf} > {name.title()}", "1"]
                )
    pick, later = np.random.default_rng(11), np.random.default_rng(later_seed)
    order = np.arange(SETS * SIZE)
    moved = later.permutation(order) if later_seed else order
    rows: list[tuple[str, str, datetime]] = []
    for number in range(BASKETS):
        time = FIRST_DAY + timedelta(minutes=float(pick.uniform(0, WEEKS * 7 * 24 * 60)))
        places = order if time < CUT else moved
        first = int(pick.integers(SETS)) * SIZE
        inside = first + pick.permutation(SIZE)[: int(pick.integers(2, 4))]
        chance = pick.integers(0, SETS * SIZE, size=2)
        which = pick.integers(PRODUCTS, size=SETS * SIZE)
        held = sorted({*places[inside].tolist(), *chance.tolist()})
        rows += [(f"B{number:05d}", f"P{place}-{which[place]}", time) for place in held]
    pl.DataFrame(rows, schema=["basket_id", "sku", "time"], orient="row").write_parquet(baskets)
    return Source("tiny", catalog, baskets, COLUMNS, "plain", "plain")


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(retrieval=Retrieval(embedder="hash"), cache=Cache(synchronous="normal"))


@pytest.fixture(scope="session")
def spec() -> GoesWithSpec:
    return SPEC


@pytest.fixture(scope="session")
def type_names() -> list[str]:
    return names()


@pytest.fixture(scope="session")
def source() -> Callable[[Path, int], Source]:
    """Write the files of the tiny shop into a folder."""
    return write_shop


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Maker:
    """Make a tiny shop ready, its later weeks by seed; 0 keeps what the first weeks show."""

    def made(later_seed: int = 0, spec: GoesWithSpec = SPEC) -> Prepared:
        folder = tmp_path_factory.mktemp("tiny")
        return prepare(
            write_shop(folder, later_seed),
            spec,
            folder / "work",
            settings,
            questions=None,
            seed=3,
            progress=lambda *_: None,
        )

    return made


@pytest.fixture(scope="session")
def tiny(make: Maker) -> Prepared:
    return make()


@pytest.fixture
def tiny_files(tmp_path: Path) -> Source:
    """The files of the made-up shop."""
    return write_shop(tmp_path, 0)


@pytest.fixture(scope="module")
def scored(tiny: Prepared) -> Scored:
    """Return a report in which arms have the scores that are given."""
    played = play(tiny, chosen(["random"]), 3, lambda *_: None)["random"]

    def report(**means: float) -> Report:
        def arm(mean: float) -> Played:
            values = np.clip(played.scores["R@10"] * 0.01 + mean, 0.0, 1.0)
            return msgspec.structs.replace(played, scores=dict.fromkeys(played.scores, values))

        arms = {name.replace("_", "-"): arm(mean) for name, mean in means.items()}
        return make_report(Circumstances("tiny", "", 3), tiny, arms)

    return report
