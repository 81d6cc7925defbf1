"""What a proposer hands to the gate: two ends, a relation and reasons to believe it."""

from __future__ import annotations

from typing import Literal

import msgspec

from goeswith.engine.model import Evidence, Relation, TypePath, type_name

EndKind = Literal["product", "type", "need"]


class End(msgspec.Struct, frozen=True):
    """One end of a proposed edge.

    `ref` is the catalog row of a product, the type id of a type, and -1 for a need. `type_id` is
    the product type of the end, -1 when it has none. `id` is the node id in the subgraph.
    """

    kind: EndKind
    ref: int
    id: str
    label: str
    type_id: int = -1


class Proposal(msgspec.Struct, frozen=True):
    """A relation that somebody believes in. `reason` is a sentence in words, when there is one."""

    source: End
    target: End
    relation: Relation
    evidence: tuple[Evidence, ...]
    reason: str = ""


def type_end(type_id: int, path: TypePath) -> End:
    """Return the end that stands for a product type."""
    name = type_name(path)
    return End("type", type_id, f"type:{name}", path[-1] if path else name, type_id)


def product_end(row: int, sku: str, title: str, type_id: int) -> End:
    """Return the end that stands for a product."""
    return End("product", row, f"sku:{sku}", title, type_id)


def need_end(need_id: str, phrase: str) -> End:
    """Return the end that stands for a need of the plan."""
    return End("need", -1, f"need:{need_id}", phrase)
