"""Writes the tables of README.md and docs/ from what commands print (`make results`).

`results.py eval`, `results.py bench`, `results.py long` (the slow parts of `make bench`) and
`results.py suites` write one of them. With `--reports FOLDER` the part suites shows the reports
that are there and runs nothing; without, it takes an hour.

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
PARTS = frozenset({"eval", "bench", "long", "suites"})
SUITES = ("grocery", "grocery-other-shelf")
ARMS = ("hybrid", "query-time", "static", "behaviour", "retrieval", "popular", "random")


def main() -> int:
    """Run the suites and the benches and rewrite the tables."""
    words = argparse.ArgumentParser()
    words.add_argument("parts", nargs="*", help=f"{', '.join(sorted(PARTS))} [eval bench]")
    words.add_argument("--reports", type=Path, help="folder of reports that need not be made again")
    given = words.parse_args()
    wanted = given.parts or ["eval", "bench"]
    if not PARTS.issuperset(wanted):
        words.error(f"the parts are {', '.join(sorted(PARTS))}")
    if "suites" in wanted:
        rewrite(ROOT / "docs" / "suites.md", "suites", *summarised(given.reports))
    if "eval" in wanted:
        with tempfile.TemporaryDirectory() as scratch:
            made = evaluation(given.reports or Path(scratch))
        rewrite(ROOT / "README.md", "eval", *made)
    if "bench" in wanted:
        rewrite(ROOT / "docs" / "measured.md", "bench", f"```\n{bench('short')}\n```")
    if "long" in wanted:
        rewrite(ROOT / "docs" / "measured.md", "long", f"```\n{bench('long')}\n```")
    return 0


def rewrite(page: Path, name: str, table: str, codes: str = "") -> None:
    """Replace a table of a page, with the day, the code and the machine."""
    page.write_text(between(page.read_text(), name, f"{table}\n\n{stamp(codes)}"))


def evaluation(folder: Path) -> tuple[str, str]:
    """Return one row an arm and suite, and the versions of the code that was measured."""
    rows = [
        "| suite | arm | n | nDCG@10 | recall@10 | hybrid against it |",
        "|---|---|---|---|---|---|",
    ]
    codes = set()
    for suite in SUITES:
        report = measured(folder, suite, "--arms", ",".join(ARMS))
        if report is None:
            raise SystemExit(f"{suite} could not be measured.")
        codes.add(report["versions"]["code"])
        rows += [row(report, suite, arm) for arm in ARMS]
    return "\n".join(rows), ", ".join(sorted(codes))


def measured(folder: Path, suite: str, *more: str) -> dict[str, Any] | None:
    """Return the report of a suite: the folder's, else that of a run, None where it fails."""
    file = folder / suite / "report.json"
    if not file.exists():
        places = ("--out", str(file.parent), "--work", str(folder / "work"))
        command = [sys.executable, "-m", "goeswith.eval", suite, *more, *places]
        subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    return json.loads(file.read_text()) if file.exists() else None


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


def summarised(folder: Path | None) -> tuple[str, str]:
    """Return the table of all suites, and the versions of the code that was measured.

    Without a folder every suite is run; one whose data is absent is left out.
    """
    listed = json.loads(run("-m", "goeswith.eval", "list", "--json"))["suites"]
    with tempfile.TemporaryDirectory() as scratch:
        if folder is None:
            folder = Path(scratch)
            for suite in listed:
                measured(folder, suite)
        found = sorted(folder.glob("*/report.json"))
        reports = {file.parent: json.loads(file.read_text()) for file in found}
        order = list(listed)
        shown = sorted(reports, key=lambda place: (order.index(reports[place]["suite"]), place))
        codes = {report["versions"]["code"] for report in reports.values()}
        table = run("-m", "goeswith.eval", "summary", *map(str, shown))
    return table.strip(), ", ".join(sorted(codes))


def bench(*flags: str) -> str:
    """Return what the benches print."""
    return run(str(ROOT / "bench" / "run.py"), *flags).strip()


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
    """Return when and on what the figures were measured.

    The code is told by its commit, and by its digests where reports of other code are shown.
    """
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        check=True,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout.strip()
    cores = len(Path("/proc/cpuinfo").read_text().split("processor\t")) - 1
    day = datetime.now(tz=UTC).date()
    now = run("-c", "from goeswith.eval.versions import versions; print(versions()['code'])")
    code = f"with code {codes}" if codes and codes != now.strip() else f"at {commit}"
    return f"Measured {day} {code}, Python {platform.python_version()}, {cores} cores."


if __name__ == "__main__":
    sys.exit(main())
