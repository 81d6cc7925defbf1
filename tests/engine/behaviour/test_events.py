from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from goeswith.engine.behaviour import Behaviour, mine, read_events
from goeswith.engine.behaviour.events import NO_TIME, VIEW
from goeswith.engine.errors import BehaviourError

SKUS = ["A", "B", "C"]
PLAIN = "basket_id,sku,time\n1,A,2026-01-31 10:00:00\n1,B,2026-01-31T10:00:00Z\n2,A,1769853600\n"
MOMENT = 1769853600


def write(path: Path, text: str) -> Path:
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def lines(text: str) -> str:
    head, *rows = text.strip().split("\n")
    names = head.split(",")
    return "".join(json.dumps(dict(zip(names, r.split(","), strict=True))) + "\n" for r in rows)


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz", "e.jsonl", "e.jsonl.gz", "e.parquet"])
def test_every_format_gives_the_same_events(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        pl.read_csv(PLAIN.encode(), infer_schema=False).write_parquet(path)
    else:
        write(path, lines(PLAIN) if "jsonl" in name else PLAIN)
    events = read_events([path], SKUS)
    found = sorted(zip(events.baskets.tolist(), events.rows.tolist(), strict=True))
    assert found == [(0, 0), (0, 1), (1, 0)]
    assert set(events.times.tolist()) == {MOMENT}
    assert events.field_map == "plain"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31 10:00:00",
        "2026-01-31T10:00",
        "2026-01-31T11:00:00+01:00",
        "2026-01-31 10:00:00 UTC",
        "2026-01-31T10:00:00.000Z",
        "1769853600",
        "1769853600000",
        "1769853600000000",
        "1769853600000000000",
    ],
)
def test_times_are_read_in_every_usual_form(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "e.csv", f"basket_id,sku,time\n1,A,{text}\n")
    assert read_events([path], SKUS).times.tolist() == [MOMENT]


def test_days_are_read_and_missing_times_are_marked(tmp_path: Path) -> None:
    path = write(
        tmp_path / "e.csv", "basket_id,sku,time\n1,A,2026-01-31\n1,B,20260131\n2,A,\n2,C,soon\n"
    )
    events = read_events([path], SKUS)
    assert sorted(events.times.tolist()) == sorted([MOMENT - 36_000] * 2 + [NO_TIME] * 2)


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    rows = ["1,A,1,", "1,Z,1,", ",A,1,", "1,,1,", "1,B,-1,", "1,B,1,refund", "s,C,1,view"]
    path = write(tmp_path / "e.csv", "basket_id,sku,quantity,kind\n" + "\n".join(rows) + "\n")
    events = read_events([path], SKUS)
    counts = events.counts
    assert counts.rows == len(rows)
    assert (counts.unknown_sku, counts.no_basket, counts.no_sku) == (1, 1, 1)
    assert (counts.returned, counts.other_kind) == (1, 1)
    assert events.rows[events.kinds == VIEW].tolist() == [2]
    assert len(events.rows) == 2


def ga4(name: str, items: list[str] | None, **more: object) -> str:
    event: dict[str, object] = {
        "event_name": name,
        "event_timestamp": str(MOMENT * 1_000_000),
        "user_pseudo_id": "11.22",
        "event_params": [
            {"key": "page", "value": {"string_value": "p"}},
            {"key": "ga_session_id", "value": {"int_value": "77"}},
        ],
        "items": [{"item_id": item, "price": 2.5} for item in items] if items is not None else None,
    }
    return json.dumps(event | more) + "\n"


def test_ga4_purchases_give_baskets_and_views_give_sessions(tmp_path: Path) -> None:
    text = (
        ga4("page_view", [])
        + ga4("purchase", ["A", "B"], ecommerce={"transaction_id": "T1"})
        + ga4("view_item", ["A"])
        + ga4("view_item", ["C"])
        + ga4("view_item", ["B"], event_params=None, ga_session_id=78)
        + ga4("add_to_cart", ["C"])
        + ga4("purchase", None, ecommerce={"transaction_id": "T2"})
    )
    path = write(tmp_path / "events.jsonl.gz", text)
    events = read_events([path], SKUS)
    assert events.field_map == "ga4"
    bought = events.rows[events.kinds != VIEW].tolist()
    assert sorted(bought) == [0, 1]
    viewed = events.baskets[events.kinds == VIEW]
    assert len(viewed) == 3
    assert len(set(viewed.tolist())) == 2
    assert events.counts.other_kind == 1
    assert events.counts.rows == 6
    assert set(events.times.tolist()) == {MOMENT}


def test_ga4_in_nested_parquet(tmp_path: Path) -> None:
    text = ga4("purchase", ["A", "B"], ecommerce={"transaction_id": "T1"}) + ga4("view_item", ["C"])
    path = tmp_path / "events.parquet"
    pl.read_ndjson(text.encode()).write_parquet(path)
    events = read_events([path], SKUS)
    assert sorted(events.rows.tolist()) == [0, 1, 2]


def test_a_basket_may_span_files(tmp_path: Path) -> None:
    one = write(tmp_path / "a.csv", "basket_id,sku\n1,A\n")
    two = write(tmp_path / "b.jsonl", '{"basket_id": 1, "sku": "B"}\n')
    assert read_events([one, two], SKUS).baskets.tolist() == [0, 0]


def test_an_own_map(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own.toml",
        'name="own"\nsku="artikel"\n[[rules]]\nkind="basket"\nkey=["laden","bon"]\n',
    )
    path = write(tmp_path / "e.csv", "laden,bon,artikel\n1,23,A\n12,3,B\n")
    events = read_events([path], SKUS, own)
    assert len(set(events.baskets.tolist())) == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("e.csv", b"", "empty"),
        ("e.txt", b"x", "ending"),
        ("e.csv", b"a,b\n1,2\n", "No field map fits"),
        ("e.csv", b"basket_id,sku\n1,A,3,4\n", "cannot be read"),
        ("e.csv", b"basket_id,sku\n1,\xff\xfe\n", "cannot be read"),
        ("e.csv", b"basket_id,sku\n1,Z\n", "not in the catalog"),
        ("e.csv", b"basket_id,sku\n", "No row"),
        ("e.csv", b"basket_id,sku,time\n1,A,soon\n", "time"),
        ("e.jsonl", b'{"basket_id": 1,\n', "JSON object"),
        ("e.jsonl", b"[1, 2]\n", "JSON object"),
        ("e.jsonl", b'{"basket_id": 1, "sku": "A"}\n' * 200 + b'{"basket\n', "cannot be read"),
        ("e.parquet", b"no parquet at all", "cannot be read"),
        ("e.csv.gz", gzip.compress(b"basket_id,sku\n1,A\n" * 50, mtime=0)[:40], "cannot be read"),
        ("e.jsonl.gz", b"not gzip", "cannot be read"),
    ],
)
def test_a_broken_file_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BehaviourError, match=says):
        read_events([path], SKUS)


@pytest.mark.parametrize(
    "text",
    [
        "name=",
        'name="x"\nsku="s"\nrules=[]\n',
        'name="x"\nsku="s"\nodd=1\n[[rules]]\nkind="basket"\nkey=["b"]\n',
        'name="x"\nsku="a..b"\n[[rules]]\nkind="basket"\nkey=["b"]\n',
        'name="x"\nsku="a[].b[].c"\n[[rules]]\nkind="basket"\nkey=["b"]\n',
        'name="x"\nsku="a[].s"\n[[rules]]\nkind="basket"\nkey=["b[].c"]\n',
        'name="x"\nsku="absent"\n[[rules]]\nkind="basket"\nkey=["basket_id"]\n',
    ],
)
def test_a_broken_map_says_what_to_do(tmp_path: Path, text: str) -> None:
    own = write(tmp_path / "own.toml", text)
    path = write(tmp_path / "e.csv", PLAIN)
    with pytest.raises(BehaviourError):
        read_events([path], SKUS, own)


def test_missing_things_are_named(tmp_path: Path) -> None:
    with pytest.raises(BehaviourError, match="no file"):
        read_events([tmp_path / "none.csv"], SKUS)
    with pytest.raises(BehaviourError, match="No behaviour file"):
        read_events([], SKUS)
    with pytest.raises(BehaviourError, match="no field map"):
        read_events([write(tmp_path / "e.csv", PLAIN)], SKUS, "nothing")


def test_no_id_or_time_is_stored(tmp_path: Path) -> None:
    text = "".join(
        ga4("purchase", ["A", "B"], ecommerce={"transaction_id": f"secret-basket-{n}"})
        for n in range(5)
    ) + ga4("view_item", ["A"])
    path = write(tmp_path / "events.jsonl", text)
    out = tmp_path / "out"
    mine([path], out, skus=SKUS, type_of=np.zeros(3, dtype=np.int32), n_types=1)
    assert Behaviour.open(out).sku_pair(0, 1).support == 5
    stored = b"".join(file.read_bytes() for file in out.iterdir())
    for secret in (b"secret-basket", b"11.22", str(MOMENT).encode(), MOMENT.to_bytes(8, "little")):
        assert secret not in stored
