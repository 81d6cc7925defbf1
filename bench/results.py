"""Writes the tables of README.md and docs/ from what commands print (`make results`).

`results.py eval`, `results.py bench` and `results.py suites` write one of them. The last runs every
suite whose report `--reports FOLDER` does not hold, which takes an hour without any.

A table stands between two comments, `<!-- NAME -->` and `<!-- /NAME -->`; all else is left alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS = frozenset({"eval", "bench", "suites"})
SUITES = ("grocery", "grocery-other-shelf")
ARMS = ("hybrid", "query-time", "static", "behaviour", "retrieval", "popular", "random")


def main() -> int:
    """Run the suites and the benches and rewrite the tables."""
    words = argparse.ArgumentParser()
    words.add_argument("parts", nargs="*", help=f"{', '.join(sorted(PARTS))} [eval bench]")
    words.add_argument("--reports", type=Path, help="folder of reports for the part suites")
    given = words.parse_args()
    wanted = given.parts or ["eval", "bench"]
    if not PARTS.issuperset(wanted):
        words.error(f"the parts are {', '.join(sorted(PARTS))}")
    if "suites" in wanted:
        with tempfile.TemporaryDirectory() as scratch:
            table, codes = summarised(given.reports or Path(scratch))
        page = ROOT / "docs" / "suites.md"
        page.write_text(between(page.read_text(), "suites", f"{table}\n\n{stamp(codes)}"))
    if "eval" in wanted:
        rewrite(ROOT / "README.md", "eval", evaluation())
    if "bench" in wanted:
        rewrite(ROOT / "docs" / "measured.md", "bench", f"```\n{bench()}\n```")
    return 0


def rewrite(page: Path, name: str, table: str) -> None:
    """Replace a table of a page, with the day, commit and machine."""
    page.write_text(between(page.read_text(), name, f"{table}\n\n{stamp()}"))


def evaluation() -> str:
    """Return one row an arm and suite."""
    rows = [
        "| suite | arm | n | nDCG@10 | recall@10 | hybrid against it |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for suite in SUITES:
            out = Path(folder) / suite
            places = ("--out", str(out), "--work", f"{folder}/work")
            run("-m", "goeswith.eval", suite, "--arms", ",".join(ARMS), *places)
            report = json.loads((out / "report.json").read_text())
            rows += [row(report, suite, arm) for arm in ARMS]
    return "\n".join(rows)


def row(report: dict[str, Any], suite: str, arm: str) -> str:
    """Return an arm's row: means with 95% intervals, and the corrected verdict on hybrid."""
    cells = {
        cell["measure"]: cell["value"]
        for cell in report["cells"]
        if cell["arm"] == arm and cell["stratum"] == "all"
    }
    told = [
        f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"
        for value in (cells["nDCG@10"], cells["R@10"])
    ]
    verdict = ""
    for item in report["comparisons"]:
        if item["against"] == arm and item["measure"] == "nDCG@10":
            side = "better" if item["difference"]["mean"] > 0 else "worse"
            verdict = f"{side}, p = {item['p_holm']:.4f}" if item["significant"] else "no verdict"
    return f"| {suite} | {arm} | {cells['nDCG@10']['n']} | {told[0]} | {told[1]} | {verdict} |"


def summarised(folder: Path) -> tuple[str, str]:
    """Return the table of all suites that can be run here, and the versions of the code they ran.

    A suite whose data is absent is left out.
    """
    listed = json.loads(run("-m", "goeswith.eval", "list", "--json"))["suites"]
    found = []
    for suite in listed:
        out = folder / suite
        if not (out / "report.json").exists():
            places = ("--out", str(out), "--work", str(folder / "work"))
            command = [sys.executable, "-m", "goeswith.eval", suite, *places]
            subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
        if (out / "report.json").exists():
            found.append(out)
    codes = {json.loads((out / "report.json").read_text())["versions"]["code"] for out in found}
    return run("-m", "goeswith.eval", "summary", *map(str, found)).strip(), ", ".join(sorted(codes))


def bench() -> str:
    """Return what the benches print."""
    return run(str(ROOT / "bench" / "run.py")).strip()


def run(*arguments: str) -> str:
    """Run Python and return what it printed."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, cwd=ROOT, text=True, stdout=subprocess.PIPE)  # noqa: S603
    return done.stdout


def between(text: str, name: str, table: str) -> str:
    """Return the text with what stands between a name's two comments replaced."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"The page has no place for {name}")
    return pattern.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)


def stamp(codes: str = "") -> str:
    """Return when and on what the figures were measured: a commit, or versions of the code."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        check=True,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout.strip()
    cores = len(Path("/proc/cpuinfo").read_text().split("processor\t")) - 1
    day = datetime.now(tz=UTC).date()
    code = f"with code {codes}" if codes else f"at {commit}"
    return f"Measured {day} {code}, Python {platform.python_version()}, {cores} cores."


if __name__ == "__main__":
    sys.exit(main())
