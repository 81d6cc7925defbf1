"""The product itself: built per question without its cache, or as it is run, cache and all."""

from __future__ import annotations

from contextlib import ExitStack

from goeswith.engine.answer import Answer
from goeswith.engine.model import type_name
from goeswith.engine.request import Request
from goeswith.eval.model import Arm, Asked, Built, Claim, Given
from goeswith.eval.stand import Stand
from goeswith.eval.warmed import warm

WARMED = 0.2
"""Share of the log's distinct questions that the hybrid arm warms."""


class QueryTimeArm(Arm):
    """Builds every answer afresh inside the default budget, and reads it from top to bottom."""

    def __init__(self, stand: Stand) -> None:
        self._open = ExitStack()
        folder = self._open.enter_context(stand.scratch())
        self._engine = self._open.enter_context(stand.engine(folder))
        self._engine.warm()

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        return given_of(self._engine.ask(_request(asked), use_cache=False), asked)

    def close(self) -> None:
        """Close the engine."""
        self._open.close()


class HybridArm(Arm):
    """The product as it is run: warmed from the shop's log, then asked, cache and all.

    The warm-up builds the most worthwhile part of the log the suite gives. The engine that is asked
    is opened afterwards, as a service would be: what was warmed is on disk.
    """

    def __init__(self, stand: Stand) -> None:
        self._open = ExitStack()
        folder = self._open.enter_context(stand.scratch())
        settings = stand.with_own_cache(folder)
        self._built = Built(about="answers")
        if stand.log:
            done = warm(settings, stand.log, top=WARMED)
            self._built = Built(
                seconds=done.seconds,
                entries=done.built,
                lm_calls=done.spend.lm_calls,
                lm_tokens=done.spend.lm_tokens,
                usd=done.spend.usd,
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
        return given_of(self._engine.ask(_request(asked)), asked)

    def close(self) -> None:
        """Close the engine."""
        self._open.close()


def _request(asked: Asked) -> Request:
    return Request(asked.text, basket=asked.basket)


def given_of(answer: Answer, asked: Asked) -> Given:
    """Read an answer: its products, or their types, in the order in which a shopper reads them."""
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
        lm_tokens=answer.cost.lm_tokens,
    )
