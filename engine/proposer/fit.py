"""Proposes how a product stands to one that was chosen or given before it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from goeswith.engine.graph.outline import Brief
from goeswith.engine.graph.proposal import End, Proposal
from goeswith.engine.model import Evidence, Relation
from goeswith.engine.proposer.facts import Facts

RULE_SCORE = 0.97
NAMED_SCORE = 0.8
KINDS_SCORE = 0.5
"""Evidence score of a rule that speaks about two kinds, before it is asked about two products."""

REMEMBERED = 4_096
"""Products that are kept decoded: those of one need are compared with the same few before them."""

_BY_ATTRIBUTES = {Relation.ACCESSORY, Relation.REQUIRED_PART, Relation.COMPATIBLE_WITH}
_BEHAVIOURAL = {Relation.OFTEN_BOUGHT_WITH, Relation.PART_OF_SET}


class _Fit(NamedTuple):
    """What attributes say about two products; `reason` is the first accepting rule's."""

    evidence: tuple[Evidence, ...]
    reason: str


class FitProposer:
    """Lifts relations between types to products."""

    def __init__(self, shop: Facts) -> None:
        self._shop = shop
        self._product = lru_cache(maxsize=REMEMBERED)(shop.catalog.product)

    def between(
        self, parent: End, product: End, brief: Brief, relation: Relation | None
    ) -> list[Proposal]:
        """Propose the need's relation to this parent, with what speaks for and against it.

        Attributes are asked whatever the relation is. A pair that a rule rejects is proposed too,
        with what speaks for it and against it, so that the gate refuses it and the reason is shown.
        """
        if relation is None:
            return self._bought(parent, product)
        if relation in _BEHAVIOURAL:
            return self.constraint(parent, product)
        if relation not in _BY_ATTRIBUTES:
            return []
        fit = self._fit(parent, product)
        node_id = self._shop.kinds.node_id
        basis = _told(brief, node_id(parent.type_id), node_id(product.type_id))
        evidence = tuple(dict.fromkeys((*fit.evidence, *basis)))
        return [Proposal(parent, product, relation, evidence, fit.reason or brief.reason)]

    def constraint(self, parent: End, product: End) -> list[Proposal]:
        """Propose that a product fits one it must do with, and what baskets say of the two."""
        bought = self._bought(parent, product)
        if not self._shop.compatibility.has_rule(parent.type_id, product.type_id):
            return bought
        return [*self.proven(parent, product), *bought]

    def proven(self, parent: End, product: End) -> list[Proposal]:
        """Propose that a product fits another where a rule speaks about their kinds."""
        if not self._shop.compatibility.has_rule(parent.type_id, product.type_id):
            return []
        evidence, reason = self._fit(parent, product)
        relation = Relation.COMPATIBLE_WITH
        return [Proposal(parent, product, relation, evidence, reason)] if evidence else []

    def _bought(self, parent: End, product: End) -> list[Proposal]:
        bought = self._shop.behaviour_proposer.between_products(parent, product)
        return [bought] if bought else []

    def _fit(self, parent: End, product: End) -> _Fit:
        version = self._shop.pack.version
        rulings = self._shop.compatibility.rulings(
            self._product(parent.ref),
            parent.type_id,
            self._product(product.ref),
            product.type_id,
        )
        evidence = []
        reason = ""
        for ruling in rulings:
            rule = f"rule/{ruling.rule}"
            if ruling.finding == "accept":
                score = NAMED_SCORE if ruling.rule == "model_named" else RULE_SCORE
                evidence.append(Evidence("attribute", "supports", score, rule, version))
                reason = reason or ruling.reason
            elif ruling.finding == "reject":
                evidence.append(Evidence("curated", "supports", KINDS_SCORE, rule, version))
                evidence.append(Evidence("attribute", "contradicts", RULE_SCORE, rule, version))
        return _Fit(tuple(evidence), reason)


def _told(brief: Brief, parent: str, product: str) -> tuple[Evidence, ...]:
    """Return what was said of the two types and holds for their products too.

    A model's word holds for the very types it was asked about. Curated knowledge holds for a need.
    """
    lifted = [
        item
        for edge in brief.edges
        if edge.target == product
        for item in edge.evidence
        if item.kind == "curated" or (item.kind == "lm" and edge.source == parent)
    ]
    curated = [item for item in brief.basis if item.kind == "curated"]
    return tuple(dict.fromkeys((*curated, *lifted)))
