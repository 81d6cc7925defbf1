"""schemathesis over the whole description: no 5xx, no status and no body that is not described.

A short form by default; `make fuzz` sends more than 10,000 requests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = os.environ.get("GOESWITH_FUZZ", "4")
LEAST = 10_000 if int(EXAMPLES) >= 1_000 else 300
"""Requests that are sent at least, in the full and in the short form."""

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "negative_data_rejection"),
    *("unsupported_method", "missing_required_header", "allow_header_conformance"),
)


def test_whatever_is_sent_what_comes_back_is_described(
    start: Any, home: Path, tmp_path: Path
) -> None:
    tool = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("schemathesis is not installed")
    made = subprocess.run(
        [
            *(sys.executable, "-c", "from goeswith.engine.cli import main; main()"),
            *("keys", "add", "fuzz", "--scope", "admin", "--home", str(home), "--json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    served = start(home, GOESWITH_SERVE__RATE="0", GOESWITH_SERVE__QUEUE="1000")
    # A body that is wrong and too large as well is refused for its size.
    config = '[checks.negative_data_rejection]\nexpected-statuses = ["4xx"]\n'
    (tmp_path / "schemathesis.toml").write_text(config)
    done = subprocess.run(
        [
            *(tool, "run", f"{served.url}/openapi.json", "--no-color", "--seed", "1"),
            *("-H", f"Authorization: Bearer {json.loads(made.stdout)['key']}"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES),
            *("--checks", ",".join(CHECKS), "--continue-on-failure", "--warnings", "off"),
            *("--suppress-health-check", "all"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    cases = re.search(r"([\d,]+) generated", done.stdout)
    told = "\n".join(line[:300] for line in done.stdout.splitlines()[-120:])
    assert done.returncode == 0, told
    assert cases is not None, told
    print(f"{cases.group(1)} cases")
    assert int(cases.group(1).replace(",", "")) >= LEAST
