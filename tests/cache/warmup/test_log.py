import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goeswith.cache.warmup.errors import LogError
from goeswith.cache.warmup.formats import load_format, value_at
from goeswith.cache.warmup.lines import MAX_LINE
from goeswith.cache.warmup.log import Asked, Bad, Other, Row, read_log


def rows(
    tmp_path: Path, content: str | bytes, name: str = "log.txt", form: str | None = None
) -> list[Row]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_log(path, form))


def asked(found: list[Row]) -> list[tuple[str, int]]:
    return [(row.text, row.times) for row in found if isinstance(row, Asked)]


def reasons(found: list[Row]) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in found if isinstance(row, Bad)]


def event(term: str | None, name: str = "view_search_results") -> str:
    params = [{"key": "page", "value": {"int_value": 1}}]
    if term is not None:
        params.append({"key": "search_term", "value": {"string_value": term}})
    return json.dumps({"event_name": name, "event_params": params})


def test_lines_of_text(tmp_path: Path) -> None:
    assert asked(rows(tmp_path, "milk\n\n  tea and, honey \r\nmilk")) == [
        ("milk", 1),
        ("tea and, honey", 1),
        ("milk", 1),
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("column", ["query", "Search term", "search_query", "Q"])
def test_csv_with_and_without_counts(tmp_path: Path, delimiter: str, column: str) -> None:
    content = f'{column}{delimiter}Count\n"a {delimiter} b"{delimiter}3\ntea{delimiter}\n'
    assert asked(rows(tmp_path, content, "log.csv")) == [(f"a {delimiter} b", 3), ("tea", 1)]
    assert asked(rows(tmp_path, f"{column}\ntea\nmilk\n")) == [("tea", 1), ("milk", 1)]


def test_an_analytics_table_with_comments_above_its_header(tmp_path: Path) -> None:
    content = '# ------\n# Report\n\nSearch term,Event count\ntea,"1,204"\n'
    assert asked(rows(tmp_path, content, "log.csv")) == [("tea", 1204)]


def test_json_lines(tmp_path: Path) -> None:
    content = '{"question": "tea", "count": 7}\n{"query": "milk", "popularity": 2.0}\n'
    assert asked(rows(tmp_path, content)) == [("tea", 7), ("milk", 2)]


def test_search_events_count_once_each_and_others_are_left_out(tmp_path: Path) -> None:
    lines = [event("tea"), event(None, "page_view"), event("tea"), event(None)]
    found = rows(tmp_path, "\n".join(lines))
    assert asked(found) == [("tea", 1), ("tea", 1)]
    assert [row for row in found if isinstance(row, Other)] == [Other(2)]
    assert reasons(found) == [(4, "no_query")]


def test_gzip_and_marks_of_encoding_are_seen_through(tmp_path: Path) -> None:
    expected = [("thé", 1), ("milk", 1)]
    assert asked(rows(tmp_path, gzip.compress("thé\nmilk\n".encode()), "log.gz")) == expected
    assert asked(rows(tmp_path, "thé\nmilk\n".encode("utf-8-sig"))) == expected
    assert asked(rows(tmp_path, "thé\nmilk\n".encode("utf-16"))) == expected


def test_bad_rows_cost_themselves_only_and_are_not_repeated(tmp_path: Path) -> None:
    content = b'query,count\ntea,0\nmilk,2\n"open,1\na,b,c\n,4\nx,many\n\xff\xfe,1\ncake,5\n'
    found = rows(tmp_path, content, "log.csv")
    assert asked(found) == [("milk", 2), ("cake", 5)]
    assert reasons(found) == [
        (2, "bad_count"),
        (4, "bad_line"),
        (5, "bad_line"),
        (6, "no_query"),
        (7, "bad_count"),
        (8, "not_utf8"),
    ]
    assert not any("many" in row.detail for row in found if isinstance(row, Bad))


@pytest.mark.parametrize("count", ["-1", "1.5", "1e3", "9" * 5000, "0x1", "", "٣"])
def test_counts_that_are_not_whole_numbers(tmp_path: Path, count: str) -> None:
    found = rows(tmp_path, f"query,count\ntea,{count}\n", "log.csv")
    assert asked(found) == ([("tea", 1)] if count == "" else [])


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a":' * 100_000, "nonsense", "[]", "1" * 9000])
def test_json_lines_that_are_not_objects(tmp_path: Path, line: str) -> None:
    found = rows(tmp_path, f'{{"query": "tea"}}\n{line}\n')
    assert asked(found) == [("tea", 1)]
    assert reasons(found) == [(2, "bad_line")]


def test_a_line_without_end_is_bad_and_the_next_one_is_read(tmp_path: Path) -> None:
    found = rows(tmp_path, "x" * (2 * MAX_LINE + 5) + "\ntea\n")
    assert reasons(found) == [(1, "too_long")]
    assert asked(found) == [("tea", 1)]


def test_a_format_of_ones_own(tmp_path: Path) -> None:
    form = tmp_path / "mine.toml"
    form.write_text(
        'name = "mine"\nreads = ["jsonl"]\nquery = ["search.text"]\ncount = ["n"]\n'
        'when = { "search.kind" = ["", "site"] }\n'
    )
    lines = [
        {"search": {"text": "tea", "kind": "Site"}, "n": 3},
        {"search": {"text": "milk"}, "n": 1},
        {"search": {"text": "spam", "kind": "bot"}},
    ]
    content = "\n".join(json.dumps(line) for line in lines)
    assert asked(rows(tmp_path, content, form=str(form))) == [("tea", 3), ("milk", 1)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (gzip.compress(b"query\n" * 1000, mtime=0)[:-12], "Export or copy it again"),
        (b"name,price\ntea,2\n", "No column"),
    ],
)
def test_logs_that_cannot_be_used(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(LogError, match=says):
        rows(tmp_path, content, "log.csv")


def test_a_missing_log_and_unknown_formats(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="Cannot read"):
        list(read_log(tmp_path / "none"))
    with pytest.raises(LogError, match="ga4, lines, table"):
        load_format("excel")
    bad = tmp_path / "bad.toml"
    for text in (
        'name = "x"',
        'name="x"\nreads=["csv"]',
        'name="x"\nreads=["csv"]\nquery=["a..b"]',
    ):
        bad.write_text(text)
        with pytest.raises(LogError, match=r"bad\.toml"):
            load_format(bad)


def test_values_at_paths() -> None:
    row = {"a": {"b": [{"key": "x", "value": {"s": "yes"}}, "odd"]}, "c": 1}
    assert value_at(row, "a.b[x].value.s") == "yes"
    assert value_at(row, "a.b[y].value.s") is None
    assert value_at(row, "c.d") is None


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.jsonl", "a.txt"]))
def test_no_content_ends_in_anything_but_rows_or_a_log_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    try:
        found = list(read_log(path))
    except LogError:
        return
    assert all(row.text.strip() and row.times >= 1 for row in found if isinstance(row, Asked))
