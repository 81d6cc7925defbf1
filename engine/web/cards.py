"""Gathers the nodes of a subgraph into cards: one a need, with its product types and products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from goeswith.engine.model import type_name
from goeswith.engine.web.shape import Shape


class Card(msgspec.Struct, frozen=True):
    """A need with the nodes that belong to it, or a node that belongs to no need.

    `id` is the need's node id, or the node's own. `rows` are node ids, product types first.
    """

    id: str
    need: str
    rank: int
    rows: tuple[str, ...]


def gather(shape: Shape) -> list[Card]:
    """Return every node in exactly one card, in the order of the plan. Ranks have no gaps."""
    owner = _owners(shape)
    rows: dict[str, list[str]] = {need.id: [] for need in shape.plan.needs}
    for kind in ("type", "product"):
        for node in shape.graph.nodes:
            if node.kind == kind and node.id in owner:
                rows[owner[node.id]].append(node.id)
    cards = [
        Card(f"need:{need.id}", need.id, need.rank, tuple(dict.fromkeys(rows[need.id])))
        for need in {need.id: need for need in shape.plan.needs}.values()
    ]
    known = {card.id for card in cards}
    ranks = {node: card.rank for card in cards for node in (card.id, *card.rows)}
    loose = dict.fromkeys(
        node.id for node in shape.graph.nodes if node.id not in owner and node.id not in known
    )
    below, above = _neighbours(shape)
    cards += [
        Card(name, "", _beside(below.get(name, ()), above.get(name, ()), ranks), (name,))
        for name in loose
    ]
    used = sorted({card.rank for card in cards})
    place = {rank: number for number, rank in enumerate(used)}
    return [msgspec.structs.replace(card, rank=place[card.rank]) for card in cards]


def _owners(shape: Shape) -> dict[str, str]:
    """Return the need that each product and type belongs to, where there is one."""
    needs = {need.id: need for need in shape.plan.needs}
    owner: dict[str, str] = {}
    types: dict[str, str] = {}
    for group in shape.groups:
        for product in group.products if group.need in needs else ():
            owner.setdefault(f"sku:{product.sku}", group.need)
            if product.product_type:
                types.setdefault(f"type:{type_name(product.product_type)}", group.need)
    for node in shape.graph.nodes:
        if node.kind == "product" and node.need in needs:
            owner.setdefault(node.id, node.need)
        elif node.kind == "type" and node.id in types:
            owner[node.id] = types[node.id]
    served = {group.need for group in shape.groups}
    parents = {
        need.id: [up for up in need.depends_on if up in needs and up not in served]
        for need in shape.plan.needs
    }
    below, _ = _neighbours(shape)
    for node in shape.graph.nodes:
        if node.kind == "type" and node.id not in owner:
            need = _given_to_all(below.get(node.id, ()), owner, parents)
            if need:
                owner[node.id] = need
    present = {node.id for node in shape.graph.nodes if node.kind != "need"}
    return {node: need for node, need in owner.items() if node in present}


def _given_to_all(
    below: Iterable[str], owner: Mapping[str, str], parents: Mapping[str, list[str]]
) -> str:
    """Return what the shopper has that all these nodes' needs depend on, or nothing."""
    needs = [owner[name] for name in below if name in owner]
    if not needs:
        return ""
    common = set(parents[needs[0]]).intersection(*(parents[need] for need in needs))
    return min(common, key=parents[needs[0]].index, default="")


def _beside(below: Iterable[str], above: Iterable[str], ranks: Mapping[str, int]) -> int:
    """Return the rank before what a node leads to, else the one after what leads to it."""
    after = [ranks[name] for name in below if name in ranks]
    if after:
        return max(0, min(after) - 1)
    before = [ranks[name] for name in above if name in ranks]
    return max(before) + 1 if before else 0


def _neighbours(shape: Shape) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    below: dict[str, list[str]] = defaultdict(list)
    above: dict[str, list[str]] = defaultdict(list)
    for edge in shape.graph.edges:
        below[edge.source].append(edge.target)
        above[edge.target].append(edge.source)
    return below, above
