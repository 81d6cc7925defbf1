"""Icecat electronics with human grades: what retrieval alone finds, and what the answer shows."""

from __future__ import annotations

from pathlib import Path

from goeswith.engine.index.indexing import Progress
from goeswith.engine.settings import Settings
from goeswith.eval.data import data_folder
from goeswith.eval.loaders.judged import Judged, gathered
from goeswith.eval.loaders.rows import read_rows
from goeswith.eval.model import Prepared
from goeswith.eval.shelf import Shelf, indexed
from goeswith.eval.suites.judged import prepared_judged

DATA = "electronics"
PRODUCTS = tuple(f"products_{number}.json.gz" for number in (1, 2, 3, 4))
JUDGMENTS = "judgments.csv"
ORIGIN = "Products are in the Open Icecat catalog; grades in github.com/querqy/chorus."
FEED = Path(__file__).with_name("electronics.feed.toml")
GRADES = {str(grade): grade for grade in range(4)}


class ElectronicsSuite:
    """Every judged query, as it was typed; the items are SKUs."""

    name = "electronics"
    about = "human grades for electronics queries: retrieval alone beside the grouped answer"

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
        folder = data_folder(DATA, (*PRODUCTS, JUDGMENTS), ORIGIN)
        home = electronics_home(folder, work, settings, progress)
        judged = load_judgments(folder / JUDGMENTS)
        return prepared_judged(
            home, settings, judged, skus=skus_of(home), questions=questions, seed=seed
        )


def electronics_home(folder: Path, work: Path, settings: Settings, progress: Progress) -> Path:
    """Return a home with the products of the data set."""
    files = tuple(folder / name for name in PRODUCTS if (folder / name).is_file())
    return indexed(Shelf(DATA, files, feed=FEED), work, settings, progress)


def load_judgments(path: Path) -> tuple[Judged, ...]:
    """Read query, docid and rating.

    Raises:
        EvalError: the file is absent, lacks a column, or has a rating beyond 0 to 3.
    """
    rows = read_rows(path, ("query", "docid", "rating"))
    return gathered(
        ((row["query"], row["query"], row["docid"], row["rating"]) for row in rows),
        GRADES,
        str(path),
    )


def skus_of(home: Path) -> frozenset[str]:
    """Return every SKU of a home's catalog."""
    from goeswith.engine.catalog import Snapshot
    from goeswith.engine.index.home import Home

    return frozenset(Snapshot.open(Home(home).current().folder / "catalog").skus())
