"""The short form of every trial. The full form: python tests/torture/run.py --full"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted(Path(__file__).parent.glob("trial_*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_nothing_is_lost(script: Path, tmp_path: Path) -> None:
    short = re.search(r"^SHORT, FULL = ([\d_]+),", script.read_text(), re.MULTILINE)
    assert short is not None
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), short[1], str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    losses, note = json.loads(done.stdout)
    assert losses == 0, f"{note}\n{done.stderr}"
