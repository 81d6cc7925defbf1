"""The product itself: built per question without its cache, or as it is run, cache and all."""

from __future__ import annotations

from contextlib import ExitStack

from goeswith.engine.answer import Answer
from goeswith.engine.model import type_name
from goeswith.eval.model import Arm, Asked, Claim, Given
from goeswith.eval.stand import Stand


class QueryTimeArm(Arm):
    """Builds every answer afresh inside the default budget, and reads it from top to bottom."""

    def __init__(self, stand: Stand) -> None:
        self._open = ExitStack()
        folder = self._open.enter_context(stand.folder("query-time"))
        self._engine = self._open.enter_context(stand.engine(folder))
        self._engine.warm()

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        return given_of(self._engine.ask(asked.text, use_cache=False), asked)

    def close(self) -> None:
        """Close the engine."""
        self._open.close()


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
