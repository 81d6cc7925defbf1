"""Subgraphs in formats that other tools read. networkx is the public graph object."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from goeswith.engine.answer import Body
from goeswith.engine.model import Edge, Node, Relation

if TYPE_CHECKING:
    import networkx

SCHEMA_ORG = {
    Relation.REQUIRED_PART: "isAccessoryOrSparePartFor",
    Relation.ACCESSORY: "isAccessoryOrSparePartFor",
    Relation.PART_OF_SET: "isRelatedTo",
    Relation.OFTEN_BOUGHT_WITH: "isRelatedTo",
    Relation.SUBSTITUTE: "isSimilarTo",
    Relation.DIFFERENT_BRAND: "isSimilarTo",
    Relation.COMPATIBLE_WITH: "isRelatedTo",
    Relation.VARIANT_OF: "isVariantOf",
}
"""Product relations and their schema.org properties. An accessory points back at its device."""

_POINTS_BACK = {Relation.REQUIRED_PART, Relation.ACCESSORY}
_MERCHANT_ID = re.compile(r"[A-Za-z0-9_-]+")
_MERCHANT_MOST = 30
_MERCHANT = {
    Relation.REQUIRED_PART,
    Relation.ACCESSORY,
    Relation.PART_OF_SET,
    Relation.OFTEN_BOUGHT_WITH,
    Relation.SUBSTITUTE,
    Relation.DIFFERENT_BRAND,
}


def to_networkx(bodies: Iterable[Body]) -> networkx.MultiDiGraph[str]:
    """Return one graph of all answers. Edge keys are edge ids; attributes are plain values."""
    return to_graph(*_merged(bodies))


def to_graph(nodes: Iterable[Node], edges: Iterable[Edge]) -> networkx.MultiDiGraph[str]:
    """Return nodes and edges as a graph. Edge keys are edge ids; attributes are plain values."""
    import networkx

    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for node in nodes:
        graph.add_node(node.id, kind=node.kind, label=node.label)
    for edge in edges:
        graph.add_edge(
            edge.source,
            edge.target,
            key=edge.id,
            relation=str(edge.relation),
            confidence=edge.confidence,
            why=edge.why,
            evidence=" | ".join(f"{item.kind}:{item.reference}" for item in edge.evidence),
        )
    return graph


def export(bodies: Iterable[Body], form: str) -> bytes:
    """Return the merged subgraphs in one of `FORMATS`."""
    return FORMATS[form](bodies)


def _json(bodies: Iterable[Body]) -> bytes:
    nodes, edges = _merged(bodies)
    return msgspec.json.format(msgspec.json.encode({"nodes": nodes, "edges": edges}), indent=1)


def _graphml(bodies: Iterable[Body]) -> bytes:
    import networkx

    return "\n".join(networkx.generate_graphml(to_networkx(bodies))).encode()


def _mermaid(bodies: Iterable[Body]) -> bytes:
    nodes, edges = _merged(bodies)
    short = {node.id: f"n{number}" for number, node in enumerate(nodes)}
    shapes = {"need": '(["{}"])', "product": '["{}"]', "type": '{{{{"{}"}}}}'}
    lines = ["flowchart LR"]
    for node in nodes:
        lines.append(f"  {short[node.id]}{shapes[node.kind].format(_mermaid_text(node.label))}")
    for edge in edges:
        lines.append(f"  {short[edge.source]} -->|{edge.relation}| {short[edge.target]}")
    return "\n".join(lines).encode()


def _jsonld(bodies: Iterable[Body]) -> bytes:
    nodes, edges = _merged(bodies)
    products: dict[str, dict[str, Any]] = {
        node.id: {"@type": "Product", "@id": node.id, "sku": _sku(node.id), "name": node.label}
        for node in nodes
        if node.kind == "product"
    }
    for edge in edges:
        if edge.source in products and edge.target in products:
            holder, other = edge.source, edge.target
            if edge.relation in _POINTS_BACK:
                holder, other = other, holder
            name = SCHEMA_ORG[edge.relation]
            products[holder].setdefault(name, []).append({"@id": other})
    document = {"@context": "https://schema.org", "@graph": list(products.values())}
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def _related_product(bodies: Iterable[Body]) -> bytes:
    """Write a supplemental feed for Google's `related_product` attribute, strongest edges first."""
    related: dict[str, list[str]] = {}
    for edge in sorted(_merged(bodies)[1], key=lambda e: (-e.confidence, e.id)):
        source, target = _sku(edge.source), _sku(edge.target)
        between_products = edge.source.startswith("sku:") and edge.target.startswith("sku:")
        if edge.relation in _MERCHANT and between_products and _MERCHANT_ID.fullmatch(target):
            related.setdefault(source, []).append(f"{edge.relation}:id:{target}")
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(["id", "related_product"])
    for sku in sorted(related):
        writer.writerow([sku, ",".join(related[sku][:_MERCHANT_MOST])])
    return out.getvalue().removesuffix("\n").encode()


FORMATS: dict[str, Callable[[Iterable[Body]], bytes]] = {
    "json": _json,
    "graphml": _graphml,
    "mermaid": _mermaid,
    "jsonld": _jsonld,
    "related-product": _related_product,
}
"""Export formats by name."""


def _merged(bodies: Iterable[Body]) -> tuple[list[Node], list[Edge]]:
    """Join answers. A need's node is named after its question, since ids repeat between answers."""
    nodes: dict[str, Node] = {}
    edges: dict[str, Edge] = {}
    for body in bodies:
        for node in body.graph.nodes:
            own = _own(node.id, body)
            nodes.setdefault(own, msgspec.structs.replace(node, id=own))
        for edge in _renamed(body):
            edges.setdefault(f"{edge.source}\x1f{edge.relation}\x1f{edge.target}", edge)
    return list(nodes.values()), list(edges.values())


def _renamed(body: Body) -> Iterator[Edge]:
    for edge in body.graph.edges:
        source, target = _own(edge.source, body), _own(edge.target, body)
        if (source, target) == (edge.source, edge.target):
            yield edge
        else:
            yield msgspec.structs.replace(edge, source=source, target=target)


def _own(node_id: str, body: Body) -> str:
    if node_id.startswith("need:"):
        return f"need:{body.canonical}/{node_id.removeprefix('need:')}"
    return node_id


def _sku(node_id: str) -> str:
    return node_id.removeprefix("sku:")


def _mermaid_text(text: str) -> str:
    escaped = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "\n": " "}
    return "".join(escaped.get(c, c) for c in text)
