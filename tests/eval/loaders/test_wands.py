from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.eval.errors import EvalError
from goeswith.eval.loaders.wands import load_wands

QUERY = "query_id\tquery\tquery_class\n0\tsalon chair\tMassage Chairs\n1\tnobody judged\tRugs\n"
PRODUCT = (
    "product_id\tproduct_name\tproduct_class\tcategory hierarchy\tproduct_description\t"
    "product_features\trating_count\n"
    "5\tSalon chair, black\tMassage Chairs|Chairs\tFurniture / Office / Chairs\tNice.\t"
    "seatmaterial:leather|color : black|color : grey|nothing\t3\n"
    "6\tBean bag\tBean Bags|Seats\t\t\t\t\n"
    "7\t\tRugs\t\t\t\t\n"
)
LABEL = "id\tquery_id\tproduct_id\tlabel\n0\t0\t5\tExact\n1\t0\t6\tPartial\n2\t0\t7\tIrrelevant\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"query": QUERY, "product": PRODUCT, "label": LABEL}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_published_files_are_read(folder: Path) -> None:
    data = load_wands(folder)
    assert [(q.text, dict(q.grades)) for q in data.judged] == [
        ("salon chair", {"5": 2, "6": 1, "7": 0})
    ]
    chair, bag = data.products
    assert chair.product_type == ("Furniture", "Office", "Chairs")
    assert chair.attributes == {"seatmaterial": "leather", "color": "black|grey"}
    assert bag.product_type == ("Bean Bags",)


def test_a_comma_file_is_told_apart(folder: Path) -> None:
    (folder / "label.csv").write_text(LABEL.replace("\t", ","), encoding="utf-8")
    with pytest.raises(EvalError, match="no column query_id"):
        load_wands(folder)
