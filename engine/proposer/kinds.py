"""Proposes types that do the same job, judged by their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Evidence, Relation, TypePath

MOST = 24


class KindProposer:
    """Turns likeness of names into proposals of substitutes."""

    version = "kinds-1"

    def __init__(self, kinds: Kinds, types: Sequence[TypePath]) -> None:
        self._kinds = kinds
        self._types = types

    def substitutes(self, anchors: Iterable[int]) -> list[Proposal]:
        """Propose, for each anchor type, the types whose names say that they do the same job."""
        return [
            Proposal(
                type_end(anchor, self._types[anchor]),
                type_end(other, self._types[other]),
                Relation.SUBSTITUTE,
                (Evidence("attribute", "supports", round(near, 4), "type_name", self.version),),
            )
            for anchor in anchors
            for other, near in self._kinds.alike(anchor, MOST)
            if near > 0.0
        ]
