"""Does the gate know what fits? lensfun's cameras and lenses against the check of attributes.

Cameras and lenses become a catalog with an attribute `mount`. Pairs are drawn: some from all pairs,
some from those that fit. Each is proposed as `compatible_with`, and the gate decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np

from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import Progress
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Evidence, Product, Relation
from goeswith.engine.settings import Settings
from goeswith.eval.calibration import share
from goeswith.eval.data import data_folder
from goeswith.eval.findings import Findings, Row, Table
from goeswith.eval.loaders.lensfun import FILES, ORIGIN, Body, Mounts, load_lensfun
from goeswith.eval.shelf import indexed_products

DATA = "compat"
PAIRS = 4_000
"""Pairs drawn of each sort unless told otherwise."""

CAMERA, LENS = ("Cameras", "Interchangeable lens cameras"), ("Lenses", "Camera lenses")
NOTE = (
    "Cameras with a fixed lens are left out. 'Accepted by the mount' is lensfun's list of further "
    "mounts, of which most need an adapter (Generic, M42, T2, DKL): the gate says what attaches "
    "without one. Refused: a mismatch was found. Unproven: no rule or attribute decides, which the "
    "gate also refuses."
)


class Pair(NamedTuple):
    """A camera and a lens by number, and what lensfun says of them."""

    camera: int
    lens: int
    truth: str


SAME, ACCEPTED, NOT = "made for the mount", "accepted by the mount", "does not fit"


class CompatStudy:
    """Accepted, refused and unproven among pairs that fit and pairs that do not."""

    name = "compat"
    about = "cameras and lenses: the gate's check of attributes against lensfun's mounts"
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
        mounts = load_lensfun(data_folder(DATA, FILES, ORIGIN))
        home = indexed_products(DATA, products_of(mounts), {}, work, settings, progress)
        count = PAIRS if questions is None else questions
        anywhere, fitting = drawn(mounts, count, seed)
        shop = _open(home, settings)
        gate = shop.gate("")
        verdicts = [[judged(shop, gate, pair) for pair in part] for part in (anywhere, fitting)]
        progress("pairs", 2 * count, 2 * count)
        pairs, outcomes = [*anywhere, *fitting], [*verdicts[0], *verdicts[1]]
        return Findings(
            tables=(
                _outcomes(pairs, outcomes),
                _precision(anywhere, verdicts[0], pairs, outcomes),
            ),
            facts={
                "questions": len(pairs),
                "cameras": len(mounts.cameras),
                "lenses": len(mounts.lenses),
                "camera mounts": len({camera.mounts[0] for camera in mounts.cameras}),
            },
        )


def products_of(mounts: Mounts) -> list[Product]:
    """Return cameras and lenses as products with an attribute `mount`."""

    def product(kind: str, number: int, body: Body) -> Product:
        title = body.name if body.maker in body.name else f"{body.maker} {body.name}"
        path = CAMERA if kind == "c" else LENS
        return Product(f"{kind}{number}", title, body.maker, path, {"mount": "|".join(body.mounts)})

    return [
        product(kind, number, body)
        for kind, bodies in (("c", mounts.cameras), ("l", mounts.lenses))
        for number, body in enumerate(bodies)
    ]


def drawn(mounts: Mounts, count: int, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Return pairs drawn from all pairs, and pairs drawn from those that fit."""
    pick = np.random.default_rng(seed)
    cameras, lenses = len(mounts.cameras), len(mounts.lenses)
    anywhere = [
        _pair(mounts, int(c), int(n))
        for c, n in zip(
            pick.integers(cameras, size=count), pick.integers(lenses, size=count), strict=True
        )
    ]
    fits: dict[str, list[int]] = {}
    fitting: list[Pair] = []
    for c in pick.integers(cameras, size=count).tolist():
        camera = mounts.cameras[c]
        able = fits.setdefault(
            camera.mounts[0],
            [n for n, lens in enumerate(mounts.lenses) if mounts.fits(camera, lens)],
        )
        if able:
            fitting.append(_pair(mounts, c, able[int(pick.integers(len(able)))]))
    return anywhere, fitting


def judged(shop: Shop, gate: Gate, pair: Pair) -> str:
    """Return what the gate makes of a pair: accepted, refused or unproven."""
    rows = [shop.catalog.row(sku) for sku in (f"c{pair.camera}", f"l{pair.lens}")]
    source, target = (shop.end(row) for row in rows if row is not None)
    evidence = (Evidence("attribute", "supports", 0.9, "mount", "lensfun"),)
    _, refused = gate.judge([Proposal(source, target, Relation.COMPATIBLE_WITH, evidence)])
    if not refused:
        return "accepted"
    return "refused" if refused[0].verdict.reason.startswith("mismatch") else "unproven"


def _pair(mounts: Mounts, camera: int, lens: int) -> Pair:
    c, n = mounts.cameras[camera], mounts.lenses[lens]
    return Pair(camera, lens, SAME if mounts.same(c, n) else ACCEPTED if mounts.fits(c, n) else NOT)


def _open(home: Path, settings: Settings) -> Shop:
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    embedder = load_embedder(settings.retrieval.embedder)
    return Shop.open(Home(home).current().folder, load_pack(), embedder)


def _outcomes(pairs: Sequence[Pair], outcomes: Sequence[str]) -> Table:
    rows = []
    for truth in (SAME, ACCEPTED, NOT):
        own = [said for pair, said in zip(pairs, outcomes, strict=True) if pair.truth == truth]
        figures = [share(own.count(said), len(own)) for said in ("accepted", "refused", "unproven")]
        rows.append(Row((truth,), tuple(figures)))
    return Table(
        title="what the gate says of pairs",
        heads=("lensfun",),
        measures=("accepted", "refused", "unproven"),
        rows=tuple(rows),
        note=NOTE,
    )


def _precision(
    anywhere: Sequence[Pair],
    said: Sequence[str],
    pairs: Sequence[Pair],
    outcomes: Sequence[str],
) -> Table:
    taken = [pair for pair, word in zip(anywhere, said, strict=True) if word == "accepted"]
    rows = []
    for name, true in (("made for the mount", {SAME}), ("fits by lensfun", {SAME, ACCEPTED})):
        fits = [word for pair, word in zip(pairs, outcomes, strict=True) if pair.truth in true]
        rows.append(
            Row(
                (name,),
                (
                    share(sum(pair.truth in true for pair in taken), len(taken)),
                    share(fits.count("accepted"), len(fits)),
                    share(sum(pair.truth in true for pair in anywhere), len(anywhere)),
                ),
            )
        )
    return Table(
        title="compatible_with: precision over pairs drawn from all, recall over pairs that fit",
        heads=("true is",),
        measures=("precision", "recall", "chance"),
        rows=tuple(rows),
    )
