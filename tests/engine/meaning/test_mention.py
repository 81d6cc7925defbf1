"""Which types a phrase may mean at all, over a handful of types of a supermarket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from goeswith.engine.catalog import Snapshot, read_catalog
from goeswith.engine.index.corpus import CatalogCorpus
from goeswith.engine.meaning.mention import Mentions
from goeswith.engine.pack import load_pack
from goeswith.engine.retrieval import Retriever, build_retrieval, load_embedder

TYPES = (
    "Kitchen > Coffee filters",
    "Kitchen > Ovens",
    "Bakery > Rye bread",
    "Dairy > Sour cream",
    "Pets > Canned dog food",
    "Pets > Dog shampoo",
    "Hair care > Shampoo",
    "Meat > Ground turkey",
    "Meat > Whole turkey",
    "Tissues > Toilet tissue",
    "Sauces > BBQ sauce",
)

Fits = Callable[[str, str], bool]


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Fits:
    folder = tmp_path_factory.mktemp("mention")
    rows = [f"{n},{path.rpartition(' > ')[2]} one,{path}" for n, path in enumerate(TYPES)]
    table = folder / "catalog.csv"
    table.write_text("sku,title,product_type\n" + "\n".join(rows) + "\n", encoding="utf-8")
    for name in ("catalog", "retrieval"):
        (folder / name).mkdir()
    read_catalog([table], folder / "catalog", feed=None, generation=1, progress=lambda *_: None)
    catalog = Snapshot.open(folder / "catalog")
    corpus, embedder = CatalogCorpus(catalog), load_embedder("hash")
    build_retrieval(corpus, folder / "retrieval", embedder)
    mentions = Mentions(
        load_pack(), catalog, Retriever.open(folder / "retrieval", corpus, embedder)
    )
    ids = {" > ".join(path): number for number, path in enumerate(catalog.types)}
    return lambda phrase, name: mentions(phrase, ids[name])


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("coffee filter", "Kitchen > Coffee filters"),
        ("oven", "Kitchen > Ovens"),
        ("rye bread", "Bakery > Rye bread"),
        ("puppy food", "Pets > Canned dog food"),
        ("dog shampoo", "Pets > Dog shampoo"),
        ("shampoo", "Hair care > Shampoo"),
        ("whole turkey", "Meat > Whole turkey"),
        ("barbecue sauce", "Sauces > BBQ sauce"),
    ],
)
def test_a_type_that_mentions_what_matters_fits(fits: Fits, phrase: str, name: str) -> None:
    assert fits(phrase, name)


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("aquarium filter", "Kitchen > Coffee filters"),
        ("dutch oven", "Kitchen > Ovens"),
        ("naan bread", "Bakery > Rye bread"),
        ("diaper rash cream", "Dairy > Sour cream"),
        ("dog shampoo", "Hair care > Shampoo"),
        ("cat food", "Pets > Canned dog food"),
        ("dry dog food", "Pets > Canned dog food"),
        ("whole turkey", "Meat > Ground turkey"),
        ("facial tissues", "Tissues > Toilet tissue"),
        ("alfredo sauce", "Sauces > BBQ sauce"),
    ],
)
def test_a_type_that_shares_only_a_broad_word_does_not(fits: Fits, phrase: str, name: str) -> None:
    assert not fits(phrase, name)
