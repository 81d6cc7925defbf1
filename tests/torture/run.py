"""Run every trial and print a table of trials and losses.

python tests/torture/run.py          the short form, as the tests run it
python tests/torture/run.py --full   the full form, some minutes
python tests/torture/run.py kill flip   only these
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent


def trials_of(script: Path, *, full: bool) -> int:
    """Return how many trials a script names for the short or the full form."""
    numbers = re.search(r"^SHORT, FULL = ([\d_]+), ([\d_]+)$", script.read_text(), re.MULTILINE)
    if numbers is None:
        raise SystemExit(f"{script.name} does not say how many trials to run.")
    return int(numbers[2 if full else 1])


def main(arguments: list[str]) -> int:
    """Run the named trials, or all; return 1 when anything was lost."""
    full = "--full" in arguments
    names = [name for name in arguments if not name.startswith("-")]
    lost = 0
    print(f"{'trial':<10}{'trials':>8}{'losses':>8}{'seconds':>9}  note")
    for script in sorted(HERE.glob("trial_*.py")):
        name = script.stem.removeprefix("trial_")
        if names and name not in names:
            continue
        trials = trials_of(script, full=full)
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, str(script), str(trials), folder],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
        losses, note = json.loads(done.stdout) if done.returncode == 0 else (trials, "crashed")
        lost += losses
        seconds = time.monotonic() - began
        print(f"{name:<10}{trials:>8}{losses:>8}{seconds:>9.1f}  {note}", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
