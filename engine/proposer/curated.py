"""Proposes what the starter pack knows, in this shop's product types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.meaning.grounding import Grounding
from goeswith.engine.model import Evidence, Relation, TypePath

CURATED_SCORE = 0.75
"""Evidence score of a curated relation whose two phrases match this shop's types perfectly."""


class CuratedProposer:
    """Turns curated relations into proposals."""

    def __init__(self, grounding: Grounding, types: Sequence[TypePath], version: str) -> None:
        self._grounding = grounding
        self._types = types
        self._version = version

    def type_relations(
        self, anchors: Iterable[int], relations: Collection[Relation]
    ) -> list[Proposal]:
        """Propose the curated relations of the given kinds whose head is an anchor type."""
        found = []
        for anchor in anchors:
            source = type_end(anchor, self._types[anchor])
            for item in self._grounding.relations(anchor):
                if item.entry.relation in relations:
                    evidence = self.evidence(item.score, f"{item.entry.head} / {item.entry.tail}")
                    found.append(
                        Proposal(
                            source,
                            type_end(item.tail, self._types[item.tail]),
                            item.entry.relation,
                            (evidence,),
                            item.entry.reason,
                        )
                    )
        return found

    def evidence(self, match: float, reference: str) -> Evidence:
        """Return curated evidence for a phrase that matches this shop's type by `match` in 0..1."""
        score = round(CURATED_SCORE * match, 4)
        return Evidence("curated", "supports", score, f"pack/{reference}", self._version)
