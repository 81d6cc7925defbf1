"""`goeswith warm` over the camera catalog: what it stores, says and refuses."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goeswith.cache.envelope import Opened, unpack
from goeswith.cache.warmup import only_one
from goeswith.engine import Engine
from goeswith.engine.settings import load_settings
from goeswith.engine.tags import ANY_ANSWER

Run = Callable[..., Any]
PATTERNS = ("what goes with {}", "accessories for {}", "lens for {}", "{}", "instead of {}")

SETTINGS = load_settings(flags={"retrieval.embedder": "hash"}, environ={})


@pytest.fixture(scope="module")
def titles(camera: Path) -> list[str]:
    with (camera / "catalog.csv").open(encoding="utf-8", newline="") as file:
        return [row["title"] for row in csv.DictReader(file)]


@pytest.fixture
def log(titles: list[str], tmp_path: Path) -> Path:
    """A log of 120 questions with a head and a long tail, one twice in other words."""
    path = tmp_path / "log.csv"
    rows = [
        (pattern.format(title), 400 // (place + 1) + 1)
        for place, title in enumerate(titles[:24])
        for pattern in PATTERNS
    ]
    rows += [(f"What goes well with the {titles[0]}?", 5)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("query", "count"), *rows])
    return path


def stored(home: Path) -> dict[str, tuple[bytes, int]]:
    """Return key to payload and kind of all that is on disk, expired or not."""
    with Engine.open(home, settings=SETTINGS) as engine:
        disk = engine.answers.disk
        assert disk is not None
        found = {key: unpack(key, disk.get(key) or b"") for key in disk.scan_tag(ANY_ANSWER)}
    return {
        key: (opened.payload, int(opened.flags))
        for key, opened in found.items()
        if isinstance(opened, Opened)
    }


def tags(home: Path) -> dict[str, list[str]]:
    with Engine.open(home, settings=SETTINGS) as engine:
        disk = engine.answers.disk
        assert disk is not None
        names = [f"sku:{sku}" for sku in engine.shop.catalog.skus()]
        return {name: list(disk.scan_tag(name)) for name in names}


def copy_of(home: Path) -> Path:
    import shutil

    return Path(shutil.copytree(home, home.with_name("other")))


def warmed(run: Run, home: Path, *arguments: object) -> dict[str, Any]:
    done = run("warm", *arguments, "--home", home, "--json")
    assert done.code == 0, done.err
    told: dict[str, Any] = json.loads(done.out)
    return told


def test_what_is_stored_is_what_asking_would_have_stored(run: Run, home: Path, log: Path) -> None:
    other = copy_of(home)
    told = warmed(run, home, log)
    with Engine.open(other, settings=SETTINGS) as engine, log.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            engine.ask(row["query"])
    assert stored(home) == stored(other)
    assert tags(home) == tags(other)
    assert any(tags(home).values())
    assert told["built"] + told["empty"] == told["distinct"] == len(stored(home)) == 120
    assert told["built"] > 40


def test_a_warmed_question_is_a_hit_in_any_wording(run: Run, home: Path, log: Path) -> None:
    warmed(run, home, log)
    with log.open(encoding="utf-8") as file:
        question = list(csv.DictReader(file))[-1]["query"]
    answer = json.loads(run("ask", question, "--home", home, "--json").out)
    assert answer["cache"]["tier"] == "disk"
    assert answer["cost"]["lm_calls"] == 0


def test_processes_store_the_same(run: Run, home: Path, log: Path) -> None:
    other = copy_of(home)
    one = warmed(run, home, log)
    two = warmed(run, other, log, "--jobs", 2)
    assert stored(home) == stored(other)
    assert (one["built"], one["covered"]) == (two["built"], two["covered"])


@pytest.mark.parametrize(("name", "module"), [("dask", "distributed"), ("ray", "ray")])
def test_clusters_of_two_workers_store_the_same(
    name: str, module: str, run: Run, home: Path, log: Path
) -> None:
    """In a process of its own: a cluster leaves threads, children and warnings of others behind."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"no cluster: pip install 'goeswith[{name}]'")
    other = copy_of(home)
    warmed(run, home, log)
    arguments = ["warm", log, "--home", other, "--executor", name, "--jobs", 2, "--json"]
    script = "from goeswith.engine.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        # A loaded machine takes longer to start a node than Ray waits by itself.
        env={**os.environ, "RAY_raylet_start_wait_time_s": "120", "RAY_USAGE_STATS_ENABLED": "0"},
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert json.loads(done.stdout)["built"] > 0
    assert stored(home) == stored(other)


def test_killed_and_resumed_it_ends_as_if_never_killed(run: Run, home: Path, log: Path) -> None:
    other = copy_of(home)
    whole = warmed(run, home, log)
    arguments = ["goeswith", "warm", str(log), "--home", str(other), "--jobs", "2"]
    script = (
        "import sys\nfrom goeswith.engine.cli import main, warm_shown\n"
        f"warm_shown.LINE_EVERY_S = 0.0\nsys.argv = {arguments!r}\nmain()"
    )
    warm = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert warm.stderr is not None
    for _ in range(40):
        assert b"worked off" in warm.stderr.readline()
    warm.kill()
    warm.stderr.read()
    warm.stderr.close()
    warm.wait()
    told = warmed(run, other, log)
    assert stored(other) == stored(home)
    assert told["resumed"] + told["already_warm"] >= 40
    assert told["covered"] == whole["covered"]
    assert warmed(run, other, log)["built"] == 0


def test_a_dry_run_stores_nothing_and_comes_true(run: Run, home: Path, log: Path) -> None:
    told = warmed(run, home, log, "--dry-run")
    assert stored(home) == {}
    assert not list((home / "cache" / "warmup").glob("dry-run-*"))
    actual = warmed(run, home, log)
    assert told["to_build"] == actual["built"] + actual["empty"]
    for name, real in (
        ("complete", actual["built"]),
        ("hits_gained", actual["hits_gained"]),
        ("covered", actual["covered"]),
    ):
        assert abs(told[name] - real) <= 0.2 * real, name
    # Seconds are held to a fifth in tests/cache/warmup/test_forecast.py, by a clock of its own.
    assert told["seconds"] > 0.0


def test_top_limit_and_time(run: Run, home: Path, log: Path) -> None:
    assert warmed(run, home, log, "--top", 0.1)["chosen"] == 12
    told = warmed(run, home, log, "--max-seconds", 0)
    assert (told["stopped"], told["built"], told["left"]) == ("seconds", 0, 108)
    assert told["already_warm"] == 12
    assert warmed(run, home, log, "--limit", 5)["chosen"] == 5


def test_every_log_format(run: Run, home: Path, tmp_path: Path) -> None:
    question = "what goes with a Canon EOS R10"
    params = [{"key": "search_term", "value": {"string_value": question}}]
    event = json.dumps({"event_name": "view_search_results", "event_params": params})
    contents = {
        "log.txt": question.encode(),
        "log.jsonl": json.dumps({"query": question, "count": 1}).encode(),
        "events.jsonl.gz": gzip.compress(event.encode()),
        "log.csv.gz": gzip.compress(f"search term,searches\n{question},1\n".encode()),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    told = warmed(run, home, *(tmp_path / name for name in contents))
    assert (told["log_lines"], told["asks"], told["distinct"]) == (4, 4, 1)
    assert told["covered"] == 1.0


def test_people_and_bad_rows_are_left_out_and_counted(run: Run, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "query,count\nlens for ann@example.org,4\ntripod,1\ntripod,none\nthe the,2\n\xff,1\n",
        encoding="latin-1",
    )
    told = warmed(run, home, path)
    assert told["unread"] == {"not a question": 2, "personal": 4}
    assert told["bad_lines"] == {"bad_count": 1, "not_utf8": 1}
    assert told["asks"] == 7
    rejects = Path(told["rejects"]).read_text()
    assert [json.loads(line)["line"] for line in rejects.splitlines()] == [4, 6]
    written = b"".join(p.read_bytes() for p in (home / "cache").rglob("*") if p.is_file())
    assert b"ann@example" not in written


def test_a_person_is_told_what_was_done(run: Run, home: Path, log: Path) -> None:
    dry = run("warm", log, "--home", home, "--dry-run")
    assert "To build: 120 (estimated from 120 real builds)" in dry.out
    done = run("warm", log, "--home", home, "--limit", 100)
    assert "100 chosen" in done.out
    assert "of the log before" in done.out
    assert "100 of 100 worked off" in done.err
    assert "\x1b" not in done.out + done.err
    stopped = run("warm", log, "--home", home, "--max-seconds", 0)
    assert "Stopped with 20 left: the time of --max-seconds is over." in stopped.out


def test_two_at_once(run: Run, home: Path, log: Path) -> None:
    with only_one(home / "cache" / "warmup"):
        done = run("warm", log, "--home", home)
        dry = run("warm", log, "--home", home, "--dry-run")
    for each in (done, dry):
        assert each.code == 1
        assert "Another warm-up is running" in each.err
        assert each.out == ""
    assert run("warm", log, "--home", home, "--limit", 1).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["none.csv"], 1, "Cannot read none.csv"),
        (["{log}", "--format", "excel"], 1, "no log format"),
        (["{log}", "--top", "1.5"], 2, "--top"),
        (["{log}", "--jobs", "0"], 2, "--jobs"),
        (["{log}", "--executor", "cloud"], 2, "--executor"),
        ([], 2, "queries"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Run, home: Path, log: Path, arguments: list[str], code: int, says: str
) -> None:
    done = run("warm", *(part.format(log=log) for part in arguments), "--home", home)
    assert done.code == code
    assert says in done.err


def test_without_an_index(run: Run, log: Path, tmp_path: Path) -> None:
    done = run("warm", log, "--home", tmp_path / "nothing")
    assert done.code == 1
    assert "goeswith index" in done.err


def test_the_json_of_both_is_pinned(run: Run, home: Path, log: Path) -> None:
    shared = {
        "dry_run", "log_lines", "asks", "distinct", "chosen", "already_warm", "stopped",
        "opening_seconds", "seconds", "covered_before", "covered", "hits_gained", "spend",
    }  # fmt: skip
    dry = warmed(run, home, log, "--dry-run", "--limit", 3)
    assert set(dry) == shared | {"to_build", "sampled", "complete"}
    done = warmed(run, home, log, "--limit", 3)
    assert set(done) == shared | {
        "rejects", "bad_lines", "other_lines", "unread", "built", "empty", "failed", "left",
        "resumed", "build_seconds",
    }  # fmt: skip
    assert set(done["spend"]) == {"lm_calls", "lm_tokens", "usd"}
