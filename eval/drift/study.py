"""The study `drift`: a shop with baskets whose catalog changes by a few percent a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, get_args

import msgspec
import numpy as np

from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.index.indexing import Progress, index
from goeswith.engine.model import Product, TypePath, type_name
from goeswith.engine.settings import Settings
from goeswith.eval.anchors import phrase_of
from goeswith.eval.data import data_folder
from goeswith.eval.drift import arms as drifting
from goeswith.eval.drift.arms import Drifting, State, StaticStore, Told
from goeswith.eval.drift.change import Step, step
from goeswith.eval.drift.seen import Shown, wrong
from goeswith.eval.errors import EvalError
from goeswith.eval.findings import Curve, Findings, Row, Table
from goeswith.eval.loaders.giftware import FILES, ORIGIN
from goeswith.eval.measures import Scores
from goeswith.eval.model import Asked
from goeswith.eval.report import compare, verdict
from goeswith.eval.shelf import write_products
from goeswith.eval.stand import Stand
from goeswith.eval.statistics import Interval, exactly, proportion

SHARES = (0.002, 0.002, 0.02, 0.02)
"""Of the products, that go with a step; as many change and as many come. Two quiet steps come
first: a step that touches every type leaves nothing that a cache could keep."""

QUESTIONS = 60
LEAST = 20
"""Baskets that a type needs to be asked about."""

WRONG = "wrong answers"


_NOTE = (
    "Shares are over questions, with Wilson intervals. To be right again, static makes its whole "
    "graph and all answers anew (nobody does here, so that one sees what stays wrong); hybrid "
    "builds what the change dropped, and in the background what it refreshes; query-time builds "
    "everything, changed or not. Indexing the new catalog is the same for all and not counted. "
    "Processor seconds, taken once."
)

HEAD, TAIL = "head", "tail"


class Shop(msgspec.Struct, frozen=True):
    """What the study changes: a catalog, and a file of baskets that does not change."""

    products: tuple[Product, ...]
    baskets: Path
    field_map: str


class DriftStudy:
    """Indexes the changed catalog, as a shop would, and asks everything again after each step."""

    name = "drift"
    about = "a catalog that changes in steps: answers that became wrong, cost to be right again"
    takes: ClassVar[tuple[str, ...]] = ("hybrid", "query-time", "static")

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
        from goeswith.eval.suites.giftware import gift_shop

        folder = data_folder("giftware", FILES, ORIGIN)
        with Stand(work, settings, seed, work=work).scratch() as scratch:
            products, baskets = gift_shop(folder, scratch)
            shop = Shop(tuple(products), baskets, "plain")
            return measured(
                shop,
                settings,
                scratch,
                arms=arms,
                questions=questions,
                seed=seed,
                progress=progress,
            )


def measured(
    shop: Shop,
    settings: Settings,
    scratch: Path,
    *,
    arms: Sequence[str] = DriftStudy.takes,
    questions: int | None = None,
    shares: Sequence[float] = SHARES,
    seed: int,
    progress: Progress,
) -> Findings:
    """Let the catalog of a shop drift in a home under `scratch`."""
    home = scratch / "home"
    own = msgspec.structs.replace(settings, home=home)
    now = Step(shop.products)
    with ExitStack() as open_until_the_end:
        stand = _indexed(shop, now, own, scratch, seed)
        strata = _questions(stand, questions or QUESTIONS, seed)
        asked = tuple(asked for part in strata.values() for asked in part)
        makers: dict[str, Callable[[], Drifting]] = {
            "static": lambda: StaticStore(asked, stand),
            "hybrid": lambda: _product(asked, own, open_until_the_end, use_cache=True),
            "query-time": lambda: _product(asked, own, open_until_the_end, use_cache=False),
        }
        opened = {name: makers[name]() for name in arms}
        told: dict[str, list[Told]] = {name: [] for name in arms}
        titles: list[Shown] = []
        changes: list[Step] = []
        for number, share in enumerate(shares, start=1):
            progress("step", number, len(shares))
            now = step(now.products, share, number, seed)
            changes.append(now)
            titles.append({product.sku: product.title for product in now.products})
            stand = _indexed(shop, now, own, scratch, seed)
            for name, arm in opened.items():
                told[name].append(arm.after(stand))
    return _findings(told, titles, changes, {n: len(part) for n, part in strata.items()}, seed)


def _product(
    asked: Sequence[Asked], settings: Settings, until: ExitStack, *, use_cache: bool
) -> Drifting:
    engine = until.enter_context(Engine.open(settings.home, settings=settings))
    engine.warm()
    return drifting.Product(asked, engine, use_cache=use_cache)


def _indexed(shop: Shop, now: Step, settings: Settings, scratch: Path, seed: int) -> Stand:
    """Index the catalog as it is now into the home that the arms work on."""
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    catalog = scratch / "catalog.jsonl"
    write_products(now.products, catalog)
    index(
        Home(settings.home),
        [catalog],
        [shop.baskets],
        feed="plain",
        field_map=shop.field_map,
        embedder=load_embedder(settings.retrieval.embedder),
        pack=load_pack(),
        progress=lambda _stage, _done, _total: None,
    )
    return Stand(settings.home, settings, seed)


def _questions(stand: Stand, count: int, seed: int) -> dict[str, tuple[Asked, ...]]:
    """Ask about the types that are bought most and, in equal parts, about some of the others."""
    shop = stand.shop
    bought = shop.behaviour.type_popularity
    order = np.lexsort((np.arange(len(bought)), -bought)).tolist()
    able = [t for t in order if bought[t] >= LEAST and phrase_of(shop.catalog.types[t])]
    if not able:
        raise EvalError("No product type has enough baskets to be asked about.")
    head, others = able[: (count + 1) // 2], able[(count + 1) // 2 :]
    drawn = np.random.default_rng(seed).permutation(len(others))[: count // 2].tolist()
    parts = {HEAD: head, TAIL: [others[place] for place in sorted(drawn)]}
    return {
        name: tuple(_asked(shop.catalog.types[t]) for t in part)
        for name, part in parts.items()
        if part
    }


def _asked(path: TypePath) -> Asked:
    phrase = phrase_of(path)
    return Asked(type_name(path), f"what goes with {phrase}", phrase, wants="sku")


def _findings(
    told: dict[str, list[Told]],
    titles: Sequence[Shown],
    changes: Sequence[Step],
    strata: dict[str, int],
    seed: int,
) -> Findings:
    n = sum(strata.values())
    # As many come as go, so the catalog keeps its size.
    gone = np.cumsum([c.removed / len(c.products) for c in changes]).tolist()
    rows: list[Row] = []
    lines: dict[str, tuple[tuple[float, Interval], ...]] = {}
    last: dict[str, dict[str, Scores]] = {}
    for name, after in told.items():
        points = []
        for number, (one, now) in enumerate(zip(after, titles, strict=True), start=1):
            judged = [wrong(shown, now) for shown in one.shown]
            either = proportion(sum(j.either for j in judged), n)
            rows.append(
                Row(
                    (name, str(number), f"{gone[number - 1]:.1%}"),
                    (
                        proportion(sum(j.removed for j in judged), n),
                        proportion(sum(j.changed for j in judged), n),
                        either,
                        *(proportion(one.states.count(state), n) for state in get_args(State)),
                        exactly(one.repair_s, n),
                        exactly(float(one.lm_calls), n),
                    ),
                )
            )
            points.append((100.0 * gone[number - 1], either))
            last[name] = {WRONG: np.array([float(j.either) for j in judged])}
        lines[name] = tuple(points)
    differences = tuple(compare(last, (WRONG,), (), seed))
    return Findings(
        (
            Table(
                title="After each step",
                heads=("arm", "step", "gone, and changed"),
                measures=(
                    "names a removed product",
                    "shows a changed one as it was",
                    WRONG,
                    *get_args(State),
                    "CPU s to be right again",
                    "LM calls for it",
                ),
                rows=tuple(rows),
                note=_NOTE,
            ),
            _by_stratum(told, strata),
        ),
        curves=(
            Curve(
                "Answers that became wrong",
                "percent of the products that went, and as many that changed",
                WRONG,
                lines,
            ),
        ),
        differences=differences,
        facts={
            "questions": n,
            "products": len(changes[-1].products),
            "steps": "; ".join(
                f"{c.removed} go, {c.changed} change, {c.added} are new" for c in changes
            ),
        },
        headline=" ".join(
            f"After the last step {row.arm} is {verdict(row)} than {row.against} in {WRONG} "
            f"({row.difference.mean:+.1%}, p = {row.p_holm:.4f})."
            if row.significant
            else f"After the last step {row.arm} and {row.against} are not told apart in {WRONG}."
            for row in differences
        ),
    )


def _by_stratum(told: dict[str, list[Told]], strata: dict[str, int]) -> Table:
    """Return what became of the product's answers, over all steps, by how much a type is bought."""
    rows = []
    for name, after in told.items():
        begin = 0
        for stratum, count in strata.items():
            states = [s for one in after for s in one.states[begin : begin + count]]
            shares = (proportion(states.count(state), len(states)) for state in get_args(State))
            rows.append(Row((name, stratum), tuple(shares)))
            begin += count
    return Table(
        title="What became of the answers, over all steps",
        heads=("arm", "types"),
        measures=get_args(State),
        rows=tuple(rows),
        note="An answer that is refreshed is shown once more while it is made anew.",
    )
