"""Stage 3: attributes decide what fits. A mismatch is a hard no, whatever else is said."""

from __future__ import annotations

from functools import lru_cache

from goeswith.engine.catalog import Snapshot
from goeswith.engine.gate.gate import Objection
from goeswith.engine.gate.policy import Demand
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.meaning.compatibility import Compatibility
from goeswith.engine.model import Relation

_FIT = {
    Relation.COMPATIBLE_WITH,
    Relation.REQUIRED_PART,
    Relation.ACCESSORY,
    Relation.OFTEN_BOUGHT_WITH,
    Relation.PART_OF_SET,
}


REMEMBERED = 4_096
"""Products that are kept decoded: many are held against the same few."""


class AttributeCheck:
    """Refuses products that do not fit, and fits that no attribute proves."""

    name = "attributes"

    def __init__(self, catalog: Snapshot, compatibility: Compatibility) -> None:
        self._product = lru_cache(maxsize=REMEMBERED)(catalog.product)
        self._compatibility = compatibility

    def object_to(self, proposal: Proposal, demand: Demand) -> Objection | None:
        """Return the first mismatch, or the lack of any proof where the policy wants one."""
        source, target = proposal.source, proposal.target
        if proposal.relation not in _FIT:
            return None
        has_rule = self._compatibility.has_rule(source.type_id, target.type_id)
        if not has_rule and not demand.rule:
            return None
        if source.kind != "product" or target.kind != "product":
            return None if has_rule else Objection("no_rule", "no attribute can decide this")
        rulings = self._compatibility.rulings(
            self._product(source.ref),
            source.type_id,
            self._product(target.ref),
            target.type_id,
        )
        for ruling in rulings:
            if ruling.finding == "reject":
                return Objection(f"mismatch_{ruling.rule}", ruling.reason)
        if demand.rule and not any(ruling.finding == "accept" for ruling in rulings):
            return Objection("fit_unproven", "no attribute of either product proves that it fits")
        return None
