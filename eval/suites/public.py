"""The public judged data sets, for anyone who has their files: ESCI and WANDS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.loaders import esci, wands
from goeswith.eval.loaders.judged import JudgedSet
from goeswith.eval.model import Prepared
from goeswith.eval.shelf import indexed_products
from goeswith.eval.suites.judged import prepared_judged

QUESTIONS = 500
"""Asked unless told otherwise; ESCI holds over 100,000."""


class PublicSuite:
    """One data set of files that the user brings.

    Args:
        name: of the suite, and of its folder of data.
        about: one line.
        files: that must be there.
        origin: where to get them.
        load: reads the folder.
        folder: where the files are, when the user named it.
    """

    def __init__(
        self,
        name: str,
        about: str,
        files: tuple[str, ...],
        origin: str,
        load: Callable[[Path], JudgedSet],
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.about = about
        self._files = files
        self._origin = origin
        self._load = load
        self._folder = folder

    def at(self, folder: Path) -> PublicSuite:
        """Return the same suite over the files in a folder."""
        return PublicSuite(self.name, self.about, self._files, self._origin, self._load, folder)

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
        folder = data_folder(self.name, self._files, self._origin, self._folder)
        data = self._load(folder)
        home = indexed_products(self.name, data.products, {}, work, settings, progress)
        return prepared_judged(
            home,
            settings,
            data.judged,
            skus={product.sku for product in data.products},
            questions=QUESTIONS if questions is None else questions,
            seed=seed,
        )


ESCI = PublicSuite(
    "esci",
    "Amazon's Shopping Queries (ESCI), US locale: exact 3, substitute 2, complement 1",
    (esci.EXAMPLES, esci.PRODUCTS),
    esci.ORIGIN,
    esci.load_esci,
)
WANDS = PublicSuite(
    "wands",
    "Wayfair's WANDS: exact 2, partial 1",
    wands.FILES,
    wands.ORIGIN,
    wands.load_wands,
)
