"""Proposes products that stand in for one another: variants, other brands, others of the kind."""

from __future__ import annotations

from goeswith.engine.graph.proposal import End, Proposal
from goeswith.engine.model import Evidence, Product, Relation
from goeswith.engine.proposer.facts import Facts

SAME_GROUP = 0.95
SAME_KIND = 0.7
"""Evidence score of a shared item group, and of a shared product type."""

VERSION = "siblings-1"


class SiblingProposer:
    """Compares products of one type over one snapshot.

    Two products that different things fit (lenses of different mounts) do not replace each other:
    where both say what they fit, they must say the same.
    """

    def __init__(self, shop: Facts) -> None:
        self._shop = shop

    def between(self, source: End, target: End) -> list[Proposal]:
        """Propose the closest relation that two products of one type have, none where they differ.

        A variant shares the item group, another brand differs in its brand, and what is left is a
        substitute.
        """
        if source.type_id != target.type_id or source.type_id < 0:
            return []
        a, b = (self._shop.catalog.product(end.ref) for end in (source, target))
        if not self._fits_the_same(a, b, source.type_id):
            return []
        kind = Evidence("attribute", "supports", SAME_KIND, "product_type", VERSION)
        if a.item_group and a.item_group == b.item_group:
            group = Evidence("attribute", "supports", SAME_GROUP, "item_group", VERSION)
            return [Proposal(source, target, Relation.VARIANT_OF, (group, kind))]
        other_brand = a.brand and b.brand and a.brand != b.brand
        relation = Relation.DIFFERENT_BRAND if other_brand else Relation.SUBSTITUTE
        return [Proposal(source, target, relation, (kind,))]

    def _fits_the_same(self, a: Product, b: Product, type_id: int) -> bool:
        for name in self._shop.compatibility.attributes_of(type_id):
            ours, theirs = (_values(product.attributes.get(name, "")) for product in (a, b))
            if ours and theirs and not ours & theirs:
                return False
        return True


def _values(text: str) -> frozenset[str]:
    return frozenset(value.strip().casefold() for value in text.split("|") if value.strip())
