"""Which device an accessory is made for, where only titles and lists of models say so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import Progress
from goeswith.engine.index.shop import Shop
from goeswith.engine.settings import Settings
from goeswith.eval.calibration import share
from goeswith.eval.data import data_folder
from goeswith.eval.findings import Findings, Row, Table
from goeswith.eval.loaders.rows import read_json
from goeswith.eval.suites.electronics import DATA, ORIGIN, PRODUCTS, electronics_home

PAIRS = "compat_pairs_derived.json"
NOTE = (
    "The pairs were derived by the makers of the data from model names in titles; some are wrong, "
    "fewer among pairs of one supplier. The engine reads models from titles and lists too, so this "
    "shows how much of such a derivation it repeats, not how true it is. Mixed pairs join an "
    "accessory with the device of another pair."
)


class Fit(msgspec.Struct, frozen=True):
    """An accessory and the device it is made for, by SKU."""

    accessory: str
    device: str
    same_supplier: bool


class FitStudy:
    """Accepted and refused among derived pairs and among mixed ones."""

    name = "electronics-fits"
    about = "accessories and the devices they are made for, by models named in titles"
    takes: ClassVar[tuple[str, ...]] = ()

    def run(
        self,
        work: Path,
        settings: Settings,
        *,
        arms: Sequence[str],
        questions: int | None,
        seed: int,
        progress: Progress,
    ) -> Findings:
        """Measure. See `Study.run`."""
        from goeswith.engine.pack import load_pack
        from goeswith.engine.retrieval import load_embedder

        folder = data_folder(DATA, (*PRODUCTS, PAIRS), ORIGIN)
        pairs = read_json(folder / PAIRS, list[Fit])
        if questions is not None:
            places = np.random.default_rng(seed).permutation(len(pairs))[:questions]
            pairs = [pairs[place] for place in sorted(places.tolist())]
        home = electronics_home(folder, work, settings, progress)
        embedder = load_embedder(settings.retrieval.embedder)
        shop = Shop.open(Home(home).current().folder, load_pack(), embedder)
        parts = {
            "one supplier": [fit for fit in pairs if fit.same_supplier],
            "several suppliers": [fit for fit in pairs if not fit.same_supplier],
            "mixed": mixed(pairs, seed),
        }
        rows = []
        for name, fits in parts.items():
            said = [finding(shop, fit) for fit in fits]
            rows.append(
                Row(
                    (name,),
                    tuple(
                        share(said.count(word), len(said))
                        for word in ("accepted", "refused", "unknown")
                    ),
                )
            )
        progress("pairs", len(pairs), len(pairs))
        table = Table(
            title="what the engine's attributes and model names say of pairs",
            heads=("pairs",),
            measures=("accepted", "refused", "unknown"),
            rows=tuple(rows),
            note=NOTE,
        )
        return Findings((table,), facts={"questions": len(pairs)})


def mixed(pairs: Sequence[Fit], seed: int) -> list[Fit]:
    """Return each accessory with the device of another pair, unless that is its own too."""
    own = {(fit.accessory, fit.device) for fit in pairs}
    order = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    return [
        Fit(fit.accessory, pairs[place].device, same_supplier=False)
        for fit, place in zip(pairs, order, strict=True)
        if (fit.accessory, pairs[place].device) not in own
    ]


def finding(shop: Shop, fit: Fit) -> str:
    """Return accepted, refused or unknown; a refusal outweighs."""
    rows = [shop.catalog.row(sku) for sku in (fit.device, fit.accessory)]
    if any(row is None for row in rows):
        return "unknown"
    (a, a_type), (b, b_type) = (
        (shop.catalog.product(row), int(shop.catalog.type_of[row]))
        for row in rows
        if row is not None
    )
    found = {ruling.finding for ruling in shop.compatibility.rulings(a, a_type, b, b_type)}
    return "refused" if "reject" in found else "accepted" if "accept" in found else "unknown"
