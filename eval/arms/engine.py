"""The product itself, without its answer cache: the groups of the answer, in reading order."""

from __future__ import annotations

from goeswith.engine.model import type_name
from goeswith.eval.model import Asked, Given, unique
from goeswith.eval.stand import Stand


class EngineArm:
    """Asks the engine and reads the product types of its answer from top to bottom."""

    def __init__(self, stand: Stand) -> None:
        self._engine = stand.engine()
        self._engine.warm()

    def answer(self, asked: Asked) -> Given:
        """Answer one question, built afresh inside the default budget."""
        body = self._engine.ask(asked.text, use_cache=False).data()
        types = [type_name(p.product_type) for group in body.groups for p in group.products]
        return Given(unique(types), degraded=bool(body.degraded))
