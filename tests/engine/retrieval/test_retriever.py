from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goeswith.engine.errors import (
    CatalogError,
    HomeDamagedError,
    HomeMissingError,
    HomeSchemaError,
    HomeWriteError,
)
from goeswith.engine.model import Constraints
from goeswith.engine.retrieval import MemoryCorpus, Retriever, build_retrieval
from goeswith.engine.retrieval.embed import HashEmbedder
from goeswith.engine.retrieval.text import terms

TYPES = (
    ("Photo", "Cameras"),
    ("Photo", "Lenses"),
    ("Photo", "Camera batteries"),
    ("Kitchen", "Kettles"),
    ("Baby", "Diapers"),
)
ROWS: tuple[tuple[str, str, int, str, float, dict[str, str]], ...] = (
    # SKU, title, type, brand, price, attributes
    ("C-1", "Canon EOS R10 camera body", 0, "Canon", 899.0, {"mount": "RF", "color": "black"}),
    ("C-2", "Canon EOS R50 camera with zoom", 0, "Canon", 749.0, {"mount": "RF", "color": "white"}),
    ("N-1", "Nikon Z30 camera body", 0, "Nikon", float("nan"), {"mount": "Z"}),
    ("L-1", "Canon RF 50mm F1.8 STM lens", 1, "Canon", 199.0, {"mount": "RF|R"}),
    ("L-2", "Nikkor Z DX 16-50mm zoom lens", 1, "Nikon", 320.0, {"mount": "Z"}),
    ("B-1", "LP-E17 battery for Canon EOS R10 and R50", 2, "Patona", 25.0, {}),
    ("B-2", "Nikon EN-EL25 battery", 2, "Nikon", 59.0, {}),
    ("K-1", "Electric kettle 1.7 l steel", 3, "Bosch", 39.0, {"color": "Black"}),
    ("K-2", "Glass kettle with gooseneck", 3, "", 55.0, {}),
    ("D-1", "Baby diapers size 3", 4, "Pampers", 12.0, {}),
)
BRANDS = tuple(sorted({brand for _, _, _, brand, _, _ in ROWS if brand}))


def shop() -> MemoryCorpus:
    return MemoryCorpus(
        titles=[title for _, title, *_ in ROWS],
        types=TYPES,
        brands=BRANDS,
        type_of=np.array([t for _, _, t, *_ in ROWS], np.int32),
        brand_of=np.array([BRANDS.index(b) if b else -1 for *_, b, _, _ in ROWS], np.int32),
        price=np.array([p for *_, p, _ in ROWS]),
        skus=[sku for sku, *_ in ROWS],
        texts=[f"{title} {' '.join(TYPES[t])} {brand}" for _, title, t, brand, *_ in ROWS],
        attribute_rows=[attributes for *_, attributes in ROWS],
    )


EMBEDDER = HashEmbedder()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("retrieval") / "index"
    build_retrieval(shop(), out, EMBEDDER)
    return out


@pytest.fixture(scope="session")
def retriever(folder: Path) -> Retriever:
    return Retriever.open(folder, shop(), EMBEDDER)


def skus(rows: np.ndarray) -> list[str]:
    return [ROWS[row][0] for row in rows]


def test_finds_products(retriever: Retriever) -> None:
    assert skus(retriever.products("glass kettle", 1).rows) == ["K-2"]
    assert skus(retriever.products("nappies", 1).rows) == ["D-1"]


def test_finds_types(retriever: Retriever) -> None:
    hits = retriever.types("lens", 2)
    assert TYPES[hits.type_ids[0]] == ("Photo", "Lenses")
    assert hits.matched
    assert not retriever.types("qwxz flurb", 2).matched


def test_a_named_product_is_the_anchor(retriever: Retriever) -> None:
    anchors = retriever.anchors("Canon EOS R10", 3)
    assert anchors.exact
    assert skus(anchors.products.rows) == ["C-1"]
    assert TYPES[anchors.types.type_ids[0]] == ("Photo", "Cameras")
    assert anchors.types.matched


@pytest.mark.parametrize(
    "phrase", ["b-1", "lp-e17", "LPE17", "lp-e17 battery for canon eos r10 and r50"]
)
def test_sku_model_number_and_title_name_a_product(retriever: Retriever, phrase: str) -> None:
    assert skus(retriever.anchors(phrase, 3).products.rows) == ["B-1"]


def test_a_kind_of_product_is_no_exact_anchor(retriever: Retriever) -> None:
    anchors = retriever.anchors("kettle", 2)
    assert not anchors.exact
    assert len(anchors.products) == 0
    assert TYPES[anchors.types.type_ids[0]] == ("Kitchen", "Kettles")


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        (Constraints(price_max=30), {"B-1", "D-1"}),
        (Constraints(price_min=700), {"C-1", "C-2"}),
        (Constraints(price_max=float("nan")), set()),
        (Constraints(brands=("nikon",)), {"N-1", "L-2", "B-2"}),
        (Constraints(attributes=(("mount", "rf"),)), {"C-1", "C-2", "L-1"}),
        (Constraints(attributes=(("color", "black"), ("mount", "rf"))), {"C-1"}),
        (Constraints(attributes=(("mount", "m42"),)), set()),
        (Constraints(brands=("bosch",), not_words=("kettle",)), set()),
        (
            Constraints(not_brands=("canon", "nikon"), not_words=("kettles", "baby")),
            set(),
        ),
    ],
)
def test_constraints_pass_exactly_these(
    retriever: Retriever, constraints: Constraints, expected: set[str]
) -> None:
    assert set(skus(retriever.products("anything", 99, constraints=constraints).rows)) == expected


def test_types_restrict(retriever: Retriever) -> None:
    hits = retriever.products("canon eos", 99, type_ids=[1, 3, 77, -1])
    assert set(skus(hits.rows)) == {"L-1", "L-2", "K-1", "K-2"}
    assert len(retriever.products("canon", 9, type_ids=[])) == 0


CONSTRAINTS = st.builds(
    Constraints,
    price_min=st.none() | st.floats(),
    price_max=st.none() | st.floats(),
    brands=st.lists(st.sampled_from([b.lower() for b in BRANDS]), max_size=2).map(tuple),
    not_brands=st.lists(st.sampled_from([b.lower() for b in BRANDS]), max_size=2).map(tuple),
    attributes=st.sampled_from([(), (("mount", "rf"),), (("color", "black"),)]),
    not_words=st.sampled_from([(), ("zoom",), ("camera", "steel"), ("",)]),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text() | st.sampled_from(["canon camera", "kettle"]),
    CONSTRAINTS,
    st.none() | st.lists(st.integers(0, 4), max_size=3),
)
def test_nothing_forbidden_is_found(
    retriever: Retriever, phrase: str, constraints: Constraints, type_ids: list[int] | None
) -> None:
    hits = retriever.products(phrase, 20, constraints=constraints, type_ids=type_ids)
    assert len(set(hits.rows.tolist())) == len(hits.rows)
    for row in hits.rows:
        _, title, type_id, brand, price, attributes = ROWS[row]
        assert type_ids is None or type_id in type_ids
        assert constraints.price_min is None or price >= constraints.price_min
        assert constraints.price_max is None or price <= constraints.price_max
        assert not constraints.brands or brand.lower() in constraints.brands
        assert brand.lower() not in constraints.not_brands
        for name, value in constraints.attributes:
            assert value in attributes[name].lower().split("|")
        for word in filter(None, constraints.not_words):
            assert not set(terms(word)) <= set(terms(f"{title} {' '.join(TYPES[type_id])}"))


@settings(max_examples=200, deadline=None)
@given(st.text(), st.integers(-1, 30))
def test_any_text_is_answered(retriever: Retriever, phrase: str, k: int) -> None:
    hits = retriever.products(phrase, k)
    assert len(hits) <= max(k, 0)
    assert ((hits.scores >= 0) & (hits.scores <= 1)).all()
    order = np.lexsort((hits.rows, -hits.scores))
    assert (order == np.arange(len(hits))).all()
    types = retriever.types(phrase, k)
    assert ((types.scores >= 0) & (types.scores <= 1)).all()
    retriever.anchors(phrase, k)


def test_building_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    build_retrieval(shop(), tmp_path / "again", EMBEDDER)
    for file in sorted(folder.iterdir()):
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name


def test_opening_twice_finds_the_same(folder: Path, retriever: Retriever) -> None:
    other = Retriever.open(folder, shop(), EMBEDDER)
    for phrase in ("canon", "lens zoom", "battery"):
        np.testing.assert_array_equal(
            retriever.products(phrase, 9).scores, other.products(phrase, 9).scores
        )
        np.testing.assert_array_equal(
            retriever.products(phrase, 9).rows, other.products(phrase, 9).rows
        )


def test_rows_of_type_come_by_popularity(folder: Path) -> None:
    popularity = np.array([1, 5, 5, 0, 0, 0, 0, 0, 0, 0])
    retriever = Retriever.open(folder, shop(), EMBEDDER, popularity)
    assert retriever.rows_of_type(0, 9).tolist() == [1, 2, 0]
    assert retriever.rows_of_type(0, 9, Constraints(brands=("canon",))).tolist() == [1, 0]
    assert retriever.rows_of_type(99, 9).tolist() == []


def test_popular_comes_first_among_equals(tmp_path: Path) -> None:
    corpus = MemoryCorpus(titles=["red cup", "red cup", "blue cup"])
    build_retrieval(corpus, tmp_path / "x", EMBEDDER)
    plain = Retriever.open(tmp_path / "x", corpus, EMBEDDER)
    bought = Retriever.open(tmp_path / "x", corpus, EMBEDDER, np.array([0, 7, 0]))
    assert plain.products("red cup", 3).rows.tolist() == [0, 1, 2]
    assert bought.products("red cup", 3).rows.tolist() == [1, 0, 2]


def test_similarity_of_types(retriever: Retriever) -> None:
    assert retriever.type_similarity(0, 0) == pytest.approx(1, abs=1e-5)
    assert retriever.type_similarity(0, 2) > retriever.type_similarity(0, 4)
    assert retriever.type_vectors.shape == (len(TYPES), EMBEDDER.dim)


def test_folder_must_be_empty(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(HomeWriteError, match="not empty"):
        build_retrieval(shop(), tmp_path, EMBEDDER)


def test_empty_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no product"):
        build_retrieval(MemoryCorpus(titles=[]), tmp_path / "x", EMBEDDER)


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(HomeMissingError, match="goeswith index"):
        Retriever.open(tmp_path, shop(), EMBEDDER)


def test_another_embedder_is_refused(folder: Path) -> None:
    class Other(HashEmbedder):
        name = "hash:2"

    with pytest.raises(HomeSchemaError, match="hash:2"):
        Retriever.open(folder, shop(), Other())


def test_another_catalog_is_refused(folder: Path) -> None:
    with pytest.raises(HomeDamagedError, match="does not belong"):
        Retriever.open(folder, MemoryCorpus(titles=["x"]), EMBEDDER)


@pytest.mark.parametrize("damage", ["truncate", "remove", "manifest"])
def test_damage_is_found_on_opening(tmp_path: Path, damage: str) -> None:
    build_retrieval(shop(), tmp_path / "x", EMBEDDER)
    file = tmp_path / "x" / ("meta.json" if damage == "manifest" else "texts.rows.npy")
    if damage == "remove":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(HomeDamagedError, match="goeswith index"):
        Retriever.open(tmp_path / "x", shop(), EMBEDDER)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    build_retrieval(shop(), tmp_path / "x", EMBEDDER)
    file = tmp_path / "x" / "meta.json"
    file.write_text(file.read_text().replace('"schema": 1', '"schema": 99'))
    with pytest.raises(HomeSchemaError, match="99"):
        Retriever.open(tmp_path / "x", shop(), EMBEDDER)


def test_a_filter_parts_products_of_equal_text(tmp_path: Path) -> None:
    corpus = MemoryCorpus(titles=["red cup"] * 4, price=np.array([1.0, 9.0, np.nan, 2.0]))
    build_retrieval(corpus, tmp_path / "x", EMBEDDER)
    retriever = Retriever.open(tmp_path / "x", corpus, EMBEDDER)
    hits = retriever.products("red cup", 9, constraints=Constraints(price_max=5))
    assert hits.rows.tolist() == [0, 3]
