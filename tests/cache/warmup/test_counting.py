import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from goeswith.cache.warmup import Tally, tally
from goeswith.cache.warmup.counting import Wanted
from goeswith.cache.warmup.ranking import FORGETS_AT, Means, ranked
from goeswith.cache.warmup.work import Built, Outcome, Spend
from tests.cache.warmup.fake_shop import key, read


def tallied(tmp_path: Path, text: str, name: str = "log.csv") -> Tally:
    log = tmp_path / name
    log.write_text(text)
    return tally([log], read, tmp_path / "rejects.jsonl")


def test_wordings_of_one_question_add_up(tmp_path: Path) -> None:
    told = tallied(tmp_path, "query,count\nGreen  tea,2\ngreen tea,3\nmilk,1\n")
    assert told.wanted == {
        key("green tea"): Wanted(key("green tea"), "green tea", "green", 5),
        key("milk"): Wanted(key("milk"), "milk", "milk", 1),
    }
    assert (told.lines, told.asks) == (3, 6)


def test_what_is_left_out_is_counted_and_no_word_of_it_is_written(tmp_path: Path) -> None:
    told = tallied(tmp_path, "query,count\nwhat?,2\nann@example.org,3\ntea,zero\ntea,1\n")
    assert told.unread == {"not a question": 2, "personal": 3}
    assert told.bad == {"bad_count": 1}
    assert told.asks == 6
    rejects = (tmp_path / "rejects.jsonl").read_text()
    assert [json.loads(line)["line"] for line in rejects.splitlines()] == [4]
    assert "ann" not in rejects
    assert "zero" not in rejects


@given(st.permutations(["Tea,1", "tea,4", "TEA ,2", "milk,3", "a  b,1", "A b,1", "a?,9"]))
def test_the_order_of_the_log_does_not_matter(tmp_path_factory: object, lines: list[str]) -> None:
    tmp_path: Path = tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    expected = tallied(tmp_path, "query,count\n" + "\n".join(sorted(lines)))
    found = tallied(tmp_path, "query,count\n" + "\n".join(lines))
    assert {k: vars_of(v) for k, v in found.wanted.items()} == {
        k: vars_of(v) for k, v in expected.wanted.items()
    }


def vars_of(item: Wanted) -> tuple[str, str, str, int]:
    return (item.key, item.text, item.kind, item.count)


def wanted(*items: tuple[str, str, int]) -> list[Wanted]:
    return [Wanted(name, name, kind, count) for name, kind, count in items]


def built(seconds: float, calls: int = 0) -> Built:
    return Built(Outcome.COMPLETE, seconds, Spend(calls))


def test_before_anything_is_measured_the_count_decides_then_the_key() -> None:
    order = ranked(wanted(("b", "x", 2), ("c", "y", 9), ("a", "z", 2)), Means().savings())
    assert [item.key for item in order] == ["c", "a", "b"]


def test_asks_of_live_traffic_raise_the_rank() -> None:
    items = wanted(("a", "x", 5), ("b", "x", 2))
    items[1].elsewhere = 9
    assert [item.key for item in ranked(items, Means().savings())] == ["b", "a"]


def test_count_times_measured_seconds() -> None:
    means = Means()
    means.add("slow", built(0.4))
    means.add("slow", built(0.2))
    means.add("fast", built(0.1))
    items = wanted(("a", "fast", 5), ("b", "slow", 2), ("c", "new", 4))
    # 5 x 0.1, 2 x 0.3, and 4 x the mean of all, 0.7 / 3.
    assert [item.key for item in ranked(items, means.savings())] == ["c", "b", "a"]


def test_lm_calls_outweigh_seconds() -> None:
    means = Means()
    means.add("slow", built(9.0))
    means.add("lm", built(0.1, calls=2))
    items = wanted(("a", "slow", 50), ("b", "lm", 1), ("c", "slow", 60))
    assert [item.key for item in ranked(items, means.savings())] == ["b", "c", "a"]


def test_measurements_survive_and_old_ones_fade(tmp_path: Path) -> None:
    means = Means()
    for _ in range(FORGETS_AT):
        means.add("x", built(1.0))
    means.add("x", built(1.0))
    assert means.kinds["x"].builds == FORGETS_AT // 2 + 1
    means.save(tmp_path / "m.json")
    assert Means.load(tmp_path / "m.json") == means
    assert Means.load(tmp_path / "none") == Means()
    (tmp_path / "m.json").write_text("{broken")
    assert Means.load(tmp_path / "m.json") == Means()
