"""Prints every figure that has a target, each beside its peer in the same run (`make bench`).

`run.py long` prints only what takes longer: growth to a million entries, a query log replayed after
a warm-up, and what a change of 1% of a catalog touches. `run.py short` prints the rest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

SHORT = (("cache.py",), ("paraphrase.py",), ("retrieval.py",), ("engine.py",), ("serving.py",))
LONG = (("cache.py", "--huge"), ("replay.py",), ("change.py",))
PARTS = {"short": SHORT, "long": LONG, "all": (LONG[0], *SHORT[1:], *LONG[1:])}
MISSED = 1
"""What a part exits with when it missed a target."""


def main() -> int:
    """Run the parts one after the other, each in a process of its own."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("which", nargs="?", choices=PARTS, default="all")
    folder = Path(__file__).parent
    missed, broken = [], []
    for part, *flags in PARTS[words.parse_args().which]:
        print(f"== {' '.join((part.removesuffix('.py'), *flags))} ==\n", flush=True)
        command = [sys.executable, str(folder / part), *flags]
        code = subprocess.run(command, check=False).returncode  # noqa: S603
        if code == MISSED:
            missed.append(part)
        elif code:
            broken.append(part)
    if missed:
        print(f"targets missed in this run: {', '.join(missed)}")
    if broken:
        print(f"did not run to its end: {', '.join(broken)}")
    return len(broken)


if __name__ == "__main__":
    sys.exit(main())
