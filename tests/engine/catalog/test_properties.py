from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goeswith.engine.catalog import CatalogReport, Snapshot, diff, read_catalog

COLUMNS = ["sku", "title", "brand", "product_type", "price", "availability", "attr.x", "y"]
any_text = st.text(max_size=30) | st.text(st.characters(categories=["Cs", "Cc", "Cf"]), max_size=5)
value = any_text | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
nested = st.recursive(value, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
row = st.fixed_dictionaries(
    {"sku": st.sampled_from(["a", "b", "", " c "]) | any_text, "title": any_text},
    optional=dict.fromkeys(COLUMNS[2:], nested),
)
relaxed = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(content: bytes, name: str) -> tuple[CatalogReport, Snapshot]:
    """Read rows after one that is surely good; check the counts and the texts."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / name).write_bytes(content)
        report = read_catalog(
            [folder / name], folder / "out", feed="plain", generation=1, progress=lambda *_: None
        )
        left_out = (folder / "out" / "rejects.jsonl").read_text().splitlines()
        snapshot = Snapshot.open(folder / "out")
    assert report.read == report.kept + report.duplicates + report.dropped + report.rejected
    assert len(left_out) == report.duplicates + report.rejected
    assert len(snapshot) == report.kept
    for at in range(len(snapshot)):
        product = snapshot.product(at)
        assert product.sku
        assert product.title
        assert snapshot.row(product.sku) == at
        values = (*product.attributes, *product.attributes.values(), *product.product_type)
        for text in (product.sku, product.title, product.brand, *values):
            assert text.encode().decode() == text
            assert text == text.strip()
            assert all(c.isprintable() or c in "\u200c\u200d" for c in text)
    return report, snapshot


@given(st.lists(row, max_size=8))
@relaxed
def test_any_json_row_is_kept_clean_or_counted(rows: list[dict[str, object]]) -> None:
    lines = [json.dumps(one) for one in [{"sku": "good", "title": "Good"}, *rows]]
    report, _ = check("\n".join(lines).encode(), "a.jsonl")
    assert report.read == len(lines)


@given(st.lists(st.lists(st.text(max_size=20), min_size=8, max_size=8), max_size=8))
@relaxed
def test_any_written_csv_row_is_kept_clean_or_counted(rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([COLUMNS, ["good", "Good", *[""] * 6], *rows])
    report, _ = check(text.getvalue().encode("utf-8", "surrogatepass"), "a.csv")
    assert report.read == len(rows) + 1


@given(st.binary(max_size=200))
@relaxed
def test_any_bytes_are_read_or_counted(data: bytes) -> None:
    check(b"sku,title\ngood,Good\n" + data, "a.csv")
    check(b'{"sku": "good", "title": "Good"}\n' + data, "a.jsonl")


plain = st.text("abc äß-|.", min_size=1, max_size=8).map(str.strip).filter(bool)
products = st.dictionaries(plain, st.tuples(plain, plain, plain), min_size=1, max_size=8)


@given(products, st.randoms())
@relaxed
def test_fingerprints_depend_on_content_alone(
    rows: dict[str, tuple[str, str, str]], random: object
) -> None:
    names = ["sku", "title", "brand", "colour"]
    table = [dict(zip(names, (sku, *rest), strict=True)) for sku, rest in rows.items()]
    _, first = check("\n".join(map(json.dumps, table)).encode(), "a.jsonl")
    text = io.StringIO()
    writer = csv.DictWriter(text, names[::-1])
    writer.writeheader()
    shuffled = list(table)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    writer.writerows(shuffled)
    _, second = check(text.getvalue().encode(), "a.csv")
    assert first.digest == second.digest
    assert diff(first, second).empty


@given(products, products)
@relaxed
def test_diff_says_what_a_dictionary_would(
    old: dict[str, tuple[str, str, str]], new: dict[str, tuple[str, str, str]]
) -> None:
    snapshots = []
    for rows in (old, new):
        table = [
            {"sku": sku, "title": title, "brand": brand, "y": y}
            for sku, (title, brand, y) in rows.items()
        ]
        snapshots.append(check("\n".join(map(json.dumps, table)).encode(), "a.jsonl")[1])
    before, after = ({" ".join(k.split()): v for k, v in rows.items()} for rows in (old, new))
    found = diff(*snapshots)
    assert set(found.added) == set(after) - set(before)
    assert set(found.removed) == set(before) - set(after)
    same = {
        sku
        for sku in set(before) & set(after)
        if [" ".join(text.split()) for text in before[sku]]
        == [" ".join(text.split()) for text in after[sku]]
    }
    assert set(found.changed) == (set(before) & set(after)) - same
