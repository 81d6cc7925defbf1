from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from goeswith.engine.catalog import CatalogReport, Snapshot, feeds, read_catalog
from goeswith.engine.errors import CatalogError, HomeWriteError
from goeswith.engine.model import Offer, Product

ROWS = [
    {
        "sku": "b-2",
        "title": "Kettle, 1.7 l",
        "brand": "Acme",
        "product_type": "Kitchen > Kettles",
        "price": "12.99",
        "currency": "EUR",
        "availability": "in stock",
        "item_group": "kettles",
        "attr.color": "red",
        "power": "2200 W",
    },
    {
        "sku": "a-1",
        "title": "Türöffner „Café“",
        "brand": "",
        "product_type": "",
        "price": "",
        "currency": "",
        "availability": "",
        "item_group": "",
        "attr.color": "",
        "power": "",
    },
]
KETTLE = Product(
    sku="b-2",
    title="Kettle, 1.7 l",
    brand="Acme",
    product_type=("Kitchen", "Kettles"),
    attributes={"color": "red", "power": "2200 W"},
    item_group="kettles",
)


def quiet(stage: str, done: int, total: int | None) -> None:
    assert stage in {"read", "write"}
    assert done >= 0
    assert total is None or total >= 0


def read(out: Path, *files: Path, feed: str | Path | None = None) -> tuple[CatalogReport, Snapshot]:
    report = read_catalog(files, out, feed=feed, generation=7, progress=quiet)
    assert report.read == report.kept + report.duplicates + report.dropped + report.rejected
    return report, Snapshot.open(out)


def rejects(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "rejects.jsonl").read_text().splitlines()]


def as_csv(delimiter: str = ",") -> str:
    lines = [delimiter.join(ROWS[0])]
    for row in ROWS:
        lines.append(delimiter.join(f'"{value}"' for value in row.values()))
    return "\n".join(lines) + "\n"


def write_csv(path: Path) -> None:
    path.write_text(as_csv(), encoding="utf-8")


def write_tsv(path: Path) -> None:
    path.write_text(as_csv("\t"), encoding="utf-8")


def write_semicolons(path: Path) -> None:
    path.write_text(as_csv(";").replace("\n", "\r\n"), encoding="utf-8", newline="")


def write_bom(path: Path) -> None:
    path.write_text(as_csv(), encoding="utf-8-sig")


def write_utf16(path: Path) -> None:
    path.write_text(as_csv(), encoding="utf-16")


def write_utf16_no_bom(path: Path) -> None:
    path.write_text(as_csv(), encoding="utf-16-le")


def write_cp1252(path: Path) -> None:
    path.write_text(as_csv(), encoding="cp1252")


def write_csv_gz(path: Path) -> None:
    path.write_bytes(gzip.compress(as_csv().encode()))


def write_jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")


def write_jsonl_gz(path: Path) -> None:
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in ROWS).encode()))


def write_array(path: Path) -> None:
    path.write_text(json.dumps(ROWS, indent=1, ensure_ascii=False), encoding="utf-8")


def write_parquet(path: Path) -> None:
    pl.DataFrame(ROWS).write_parquet(path)


FORMATS: list[tuple[str, Callable[[Path], None]]] = [
    ("a.csv", write_csv),
    ("a.tsv", write_tsv),
    ("semicolons.csv", write_semicolons),
    ("bom.csv", write_bom),
    ("utf16.csv", write_utf16),
    ("utf16le.csv", write_utf16_no_bom),
    ("latin.csv", write_cp1252),
    ("a.csv.gz", write_csv_gz),
    ("a.jsonl", write_jsonl),
    ("a.jsonl.gz", write_jsonl_gz),
    ("a.json", write_array),
    ("a.parquet", write_parquet),
    ("no_suffix", write_csv),
]


@pytest.mark.parametrize(("name", "write"), FORMATS, ids=[name for name, _ in FORMATS])
def test_every_format_gives_the_same_catalog(
    tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    write(tmp_path / name)
    report, snapshot = read(tmp_path / "out", tmp_path / name)
    assert (report.feed, report.detected, report.kept, report.rejected) == ("plain", True, 2, 0)
    assert [snapshot.sku(row) for row in range(2)] == ["a-1", "b-2"]
    assert snapshot.product(1) == KETTLE
    assert snapshot.product(0) == Product(sku="a-1", title="Türöffner „Café“")
    assert snapshot.offer(1) == Offer(price=12.99, currency="EUR", available=True)
    assert snapshot.offer(0) == Offer()
    write_csv(tmp_path / "plain.csv")
    _, plain = read(tmp_path / "plain", tmp_path / "plain.csv")
    assert snapshot.digest == plain.digest


def test_windows_1252_is_counted(tmp_path: Path) -> None:
    write_cp1252(tmp_path / "a.csv")
    report, _ = read(tmp_path / "out", tmp_path / "a.csv")
    assert report.changed == {"not_utf8": 1}


def test_last_of_several_rows_wins_across_files(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("sku,title\na,old\nb,keep\n")
    (tmp_path / "2.csv").write_text("sku,title\nc,other\na,new\n")
    report, snapshot = read(tmp_path / "out", tmp_path / "1.csv", tmp_path / "2.csv")
    assert (report.read, report.kept, report.duplicates) == (4, 3, 1)
    row = snapshot.row("a")
    assert row is not None
    assert snapshot.product(row).title == "new"
    assert rejects(tmp_path / "out") == [
        {
            "file": "1.csv",
            "row": 2,
            "sku": "a",
            "reason": "duplicate_sku",
            "detail": "replaced by row 3 of 2.csv",
        }
    ]


@pytest.mark.parametrize(
    ("line", "reason", "sku"),
    [
        (",Kettle,x", "missing_sku", ""),
        ("  ,Kettle,x", "missing_sku", ""),
        ("k,,x", "missing_title", "k"),
        ("k,\x00\x01\u200b,x", "missing_title", "k"),
        ("k" * 300 + ",Kettle,x", "sku_too_long", "k" * 200),
        ("k,Kettle", "bad_line", ""),
        ("k,Kettle,x,y", "bad_line", ""),
        ('"k,Kettle,x', "bad_line", ""),
        ('k,"Ket"tle",x', "bad_line", ""),
    ],
)
def test_bad_csv_rows_are_rejected_alone(tmp_path: Path, line: str, reason: str, sku: str) -> None:
    text = f'sku,title,brand\n1,"One\nline",A\n{line}\n2,"T""wo",B\n\n3,Three,C\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    report, snapshot = read(tmp_path / "out", tmp_path / "a.csv")
    assert list(snapshot.titles()) == ["One line", 'T"wo', "Three"]
    assert report.rejected_by == {reason: 1}
    (entry,) = rejects(tmp_path / "out")
    assert (entry["file"], entry["row"], entry["sku"]) == ("a.csv", 4, sku)
    assert entry["reason"] == reason


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "3",
        '"text"',
        '{"sku": NaN}',
        "[" * 5000,
        '{"sku": 1, "title": ' + "[" * 100_000,
        '{"sku": "\ud800'.encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_bad_json_lines_are_rejected_alone(tmp_path: Path, line: str) -> None:
    good = '{"sku": 1, "title": "One"}'
    (tmp_path / "a.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    report, snapshot = read(tmp_path / "out", tmp_path / "a.jsonl")
    assert report.rejected_by == {"bad_line": 1}
    assert rejects(tmp_path / "out")[0]["row"] == 2
    assert list(snapshot.skus()) == ["1"]


def test_lone_surrogates_nul_and_direction_overrides_are_cleaned(tmp_path: Path) -> None:
    line = r'{"sku": "a\u0000b", "title": "Ket\ud800tle \u202eevil\u0007\n now"}'
    (tmp_path / "a.jsonl").write_text(line)
    _, snapshot = read(tmp_path / "out", tmp_path / "a.jsonl")
    assert snapshot.product(0) == Product(sku="ab", title="Kettle evil now")


def test_long_fields_are_cut_and_counted(tmp_path: Path) -> None:
    row = {"sku": "a", "title": "word " * 300, "brand": "b" * 900, "colour": "c" * 5000}
    row["product_type"] = " > ".join(["t" * 300] + [str(n) for n in range(20)])
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    report, snapshot = read(tmp_path / "out", tmp_path / "a.jsonl")
    product = snapshot.product(0)
    assert len(product.title) <= 500
    assert product.title.endswith("word")
    assert len(product.brand) == 200
    assert len(product.attributes["colour"]) == 1000
    assert len(product.product_type) == 8
    assert len(product.product_type[0]) == 120
    assert report.changed == {"cut_to_length": 4}


def test_a_line_without_end_costs_itself(tmp_path: Path) -> None:
    text = "sku,title\na,A\nb," + "x" * ((1 << 22) + 10) + "\nc,C\n"
    (tmp_path / "a.csv").write_text(text)
    report, snapshot = read(tmp_path / "out", tmp_path / "a.csv")
    assert list(snapshot.skus()) == ["a", "c"]
    assert report.rejected_by == {"bad_line": 1}
    assert rejects(tmp_path / "out")[0]["row"] == 3


def test_an_open_quote_does_not_swallow_the_rest(tmp_path: Path) -> None:
    rows = "".join(f"{n},title {n}\n" for n in range(5000))
    (tmp_path / "a.csv").write_text('sku,title\nx,"open\n' + rows)
    report, _ = read(tmp_path / "out", tmp_path / "a.csv")
    assert (report.kept, report.rejected) == (5000, 1)


def test_inches_are_no_quotes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('sku,title\na,Nail 5"\nb,Pipe 3"\nc,Box\n')
    _, snapshot = read(tmp_path / "out", tmp_path / "a.csv")
    assert list(snapshot.titles()) == ['Nail 5"', 'Pipe 3"', "Box"]


def test_nothing_left_says_why_and_where(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sku,title\na,\n,b\nc,\n")
    with pytest.raises(CatalogError, match=r"No product is left of 3 rows.*missing_title: 2") as e:
        read(tmp_path / "out", tmp_path / "a.csv")
    assert str(tmp_path / "out" / "rejects.jsonl") in str(e.value)
    assert len(rejects(tmp_path / "out")) == 3


def test_a_missing_column_is_named_with_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,name\n1,x\n")
    with pytest.raises(CatalogError) as error:
        read(tmp_path / "out", tmp_path / "a.csv")
    for part in ("'sku'", "code, name", *feeds()):
        assert part in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", b"sku,title\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(CatalogError, match="is empty"):
        read(tmp_path / "out", tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"PK\x03\x04....", "ZIP or Excel"),
        ("a.csv.gz", gzip.compress(b"sku,title\n" + b"a,b\n" * 99_999, mtime=0)[:-40], "damaged"),
        ("a.parquet", b"PAR1 no more", "damaged"),
        ("a.parquet.gz", gzip.compress(b"PAR1 and more", mtime=0), "gunzip"),
        ("a.json", b'[{"sku": 1}, {', "JSONL"),
    ],
)
def test_damaged_and_unknown_files_are_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CatalogError, match=message):
        read(tmp_path / "out", tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="Cannot read the catalog"):
        read(tmp_path / "out", tmp_path / "none.csv")
    with pytest.raises(CatalogError, match="No catalog file"):
        read(tmp_path / "out2")


def test_the_folder_must_be_empty(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    with pytest.raises(HomeWriteError, match="not empty"):
        read(tmp_path, tmp_path / "a.csv")


def test_progress_reports_rows_and_totals(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet")
    seen: list[tuple[str, int, int | None]] = []
    read_catalog(
        [tmp_path / "a.parquet"],
        tmp_path / "out",
        feed=None,
        generation=1,
        progress=lambda stage, done, total: seen.append((stage, done, total)),
    )
    assert seen == [("read", 2, 2), ("write", 0, 2), ("write", 2, 2)]
