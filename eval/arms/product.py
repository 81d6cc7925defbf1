"""The product itself: built per question without its cache, or as it is run, cache and all."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from goeswith.engine.engine import Engine
from goeswith.engine.errors import QuestionError
from goeswith.engine.lm.spending import Ledger
from goeswith.engine.model import type_name
from goeswith.engine.request import Request
from goeswith.engine.serving.storage import edges_folder, open_edges
from goeswith.eval.model import Arm, Asked, Built, Claim, Given
from goeswith.eval.rounds import Rounds
from goeswith.eval.stand import Stand
from goeswith.eval.warmed import warm

WARMED = 0.2
"""Share of the log's distinct questions that the hybrid arm warms."""


class QueryTimeArm(Arm):
    """Builds every answer afresh inside the default budget, and reads it from top to bottom.

    What a model said for one question is forgotten before the next.
    """

    def __init__(self, stand: Stand) -> None:
        self._open = ExitStack()
        folder = self._open.enter_context(stand.scratch())
        self._engine = self._open.enter_context(stand.engine(folder))
        self._bill = Bill(folder, stand.rounds)
        self._edges = edges_folder(folder / "cache")
        self._settings = stand.settings
        self._engine.warm()

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        self._forget()
        return given_of(self._engine, asked, self._bill, use_cache=False)

    def close(self) -> None:
        """Close the engine."""
        self._open.close()

    def _forget(self) -> None:
        if self._edges.exists():
            store = open_edges(self._edges.parent, self._settings.cache)
            try:
                store.store.clear()
            finally:
                store.close()


class HybridArm(Arm):
    """The product as it is run: warmed from the shop's log, then asked, cache and all.

    The warm-up builds the most worthwhile part of the log the suite gives. The engine that is asked
    is opened afterwards, as a service would be: what was warmed is on disk.
    """

    def __init__(self, stand: Stand) -> None:
        self._open = ExitStack()
        folder = self._open.enter_context(stand.scratch())
        self._bill = Bill(folder, stand.rounds)
        self._built = Built(about="answers")
        if stand.log:
            with stand.lm() as lm:
                done = warm(stand.with_own_cache(folder), stand.log, top=WARMED, lm=lm)
            self._built = Built(
                seconds=done.seconds,
                entries=done.built,
                lm_calls=done.spend.lm_calls,
                lm_tokens=done.spend.lm_tokens,
                usd=self._bill.since(),
                about="answers",
            )
        self._engine = self._open.enter_context(stand.engine(folder))
        self._engine.warm()

    @property
    def built(self) -> Built:
        """What the warm-up made."""
        return self._built

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        return given_of(self._engine, asked, self._bill, use_cache=True)

    def close(self) -> None:
        """Close the engine."""
        self._open.close()


class Bill:
    """What a home has spent on its model: US dollars by its own ledger, and rounds of waiting."""

    def __init__(self, home: Path, rounds: Rounds) -> None:
        self._file = home / "cache" / "spending.db"
        self._told = 0.0
        self.rounds = rounds

    def since(self) -> float:
        """Return what was spent since this was asked last."""
        if not self._file.exists():
            return 0.0
        now = sum(cost.usd for cost in Ledger(self._file).spent().values())
        spent, self._told = max(0.0, now - self._told), now
        return spent


def given_of(engine: Engine, asked: Asked, bill: Bill, *, use_cache: bool) -> Given:
    """Ask the engine, and read its products or their types in the order a shopper reads them.

    A text that is no question gets no answer.
    """
    waited = bill.rounds.count
    try:
        answer = engine.ask(Request(asked.text, basket=asked.basket), use_cache=use_cache)
    except QuestionError:
        return Given(())
    body = answer.data()
    whys: dict[str, str] = {}
    for group in body.groups:
        for product in group.products:
            item = product.sku if asked.wants == "sku" else type_name(product.product_type)
            if item:
                whys.setdefault(item, product.why)
    return Given(
        items=tuple(whys),
        degraded=bool(body.degraded),
        whys=tuple(whys.values()),
        claims=tuple(
            Claim(edge.source, edge.target, edge.relation.value, edge.confidence)
            for edge in body.graph.edges
        ),
        tier=answer.cache.tier,
        lm_calls=answer.cost.lm_calls,
        lm_rounds=bill.rounds.count - waited,
        lm_tokens=answer.cost.lm_tokens,
        usd=bill.since() if answer.cost.lm_calls else 0.0,
    )
