"""Proposes types that do the same job, judged by their names and the shelves they lie on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Evidence, Relation, TypePath

MOST = 24

SAME_WORLD = 0.5
"""What the whole names of two types on different shelves must come to, as a cosine: facial creams
are no sour cream, whatever both are called."""


class KindProposer:
    """Turns likeness of names into proposals of substitutes."""

    version = "kinds-2"

    def __init__(
        self,
        kinds: Kinds,
        types: Sequence[TypePath],
        similarity: Callable[[int, int], float],
    ) -> None:
        """Propose over types. `similarity` gives the cosine of the whole names of two of them."""
        self._kinds = kinds
        self._types = types
        self._similarity = similarity

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
            if near > 0.0 and self._of_one_world(anchor, other)
        ]

    def _of_one_world(self, a: int, b: int) -> bool:
        same_shelf = self._types[a][:-1] == self._types[b][:-1]
        return same_shelf or self._similarity(a, b) >= SAME_WORLD
