from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from goeswith.eval.errors import EvalError
from goeswith.eval.loaders.esci import EXAMPLES, PRODUCTS, load_esci

COLUMNS = ["query_id", "query", "product_id", "product_locale", "esci_label"]
ROWS = [
    (7, "usb cable", "A1", "us", "E"),
    (7, "usb cable", "A2", "us", "S"),
    (7, "usb cable", "A3", "us", "C"),
    (7, "usb cable", "A4", "us", "I"),
    (8, "cable usb", "A1", "es", "E"),
]
NAMES = ["product_id", "product_locale", "product_title", "product_brand", "product_color"]
THINGS = [
    ("A1", "us", "USB cable 2 m", "Anka", "black"),
    ("A2", "us", "USB cable 1 m", None, None),
    ("A3", "us", "USB charger", "Anka", None),
    ("A4", "us", "Wool socks", None, None),
    ("A1", "es", "Cable USB", None, None),
    ("A9", "us", "Never judged", None, None),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pl.DataFrame(ROWS, schema=COLUMNS, orient="row").write_parquet(tmp_path / EXAMPLES)
    pl.DataFrame(THINGS, schema=NAMES, orient="row").write_parquet(tmp_path / PRODUCTS)
    return tmp_path


def test_the_published_files_are_read(folder: Path) -> None:
    data = load_esci(folder)
    assert [(q.id, q.text, dict(q.grades)) for q in data.judged] == [
        ("7", "usb cable", {"A1": 3, "A2": 2, "A3": 1, "A4": 0})
    ]
    assert [p.sku for p in data.products] == ["A1", "A2", "A3", "A4"]
    assert data.products[0].brand == "Anka"
    assert data.products[0].attributes == {"color": "black"}


def test_another_locale_is_another_set(folder: Path) -> None:
    data = load_esci(folder, "es")
    assert [p.title for p in data.products] == ["Cable USB"]
    with pytest.raises(EvalError, match="'jp'"):
        load_esci(folder, "jp")


def test_a_table_of_both_files_is_read(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        ",".join([*COLUMNS, *NAMES[2:]])
        + "\n9,mama koala,B1,us,Exact,Pocket diapers,Mama Koala,Jagger\n"
    )
    data = load_esci(tmp_path, joined="rows.csv")
    assert (data.judged[0].grades, data.products[0].title) == ({"B1": 3}, "Pocket diapers")


def test_what_is_wrong_is_said(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(EvalError, match="esci-data"):
        load_esci(tmp_path / "nowhere")
    pl.DataFrame([(1, "q", "A1", "us", "X")], schema=COLUMNS, orient="row").write_parquet(
        folder / EXAMPLES
    )
    with pytest.raises(EvalError, match="label 'X'"):
        load_esci(folder)


def test_the_slice_of_real_rows_is_read(shared_data: Path) -> None:
    data = load_esci(shared_data / "esci", joined="rows_200_with_titles.csv.gz")
    assert len(data.products) == len(data.judged) == 200
    assert {grade for q in data.judged for grade in q.grades.values()} == {0, 1, 2, 3}
