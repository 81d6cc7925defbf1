"""Reasons in words a shopper understands, with the numbers behind them."""

from __future__ import annotations

from collections.abc import Iterable

from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.model import Edge, Evidence, Relation

_PLAIN = {
    Relation.REQUIRED_PART: "{target} is needed to use {source}.",
    Relation.ACCESSORY: "{target} is an accessory for {source}.",
    Relation.PART_OF_SET: "{target} and {source} belong to one set.",
    Relation.OFTEN_BOUGHT_WITH: "{target} is often bought with {source}.",
    Relation.SUBSTITUTE: "{target} can take the place of {source}.",
    Relation.DIFFERENT_BRAND: "{target} is the same kind of product from another brand.",
    Relation.COMPATIBLE_WITH: "{target} fits {source}.",
    Relation.VARIANT_OF: "{target} is a variant of {source}.",
    Relation.SATISFIES: "{source} covers “{target}”.",
    Relation.USED_FOR: "{source} is used for “{target}”.",
}


def edge_why(proposal: Proposal) -> str:
    """Return the reason given, else the relation in words; then the numbers."""
    told = proposal.reason or _PLAIN[proposal.relation].format(
        source=_capital(proposal.source.label), target=_capital(proposal.target.label)
    )
    return " ".join([told, *numbers(proposal.evidence, proposal.source.label)])


def product_why(reason: str, edges: Iterable[Edge]) -> str:
    """Return why a product is offered: why its need is there, and what speaks for the product.

    Args:
        reason: why the need is there; may be empty.
        edges: the product's own edges.
    """
    told = [reason] if reason else []
    for edge in edges:
        if edge.relation is Relation.OFTEN_BOUGHT_WITH:
            told += [
                f"This very product: {line[0].lower()}{line[1:]}" for line in numbers(edge.evidence)
            ]
        elif edge.relation is not Relation.SATISFIES and edge.why not in told:
            told.append(edge.why)
    if not told:
        told = [edge.why for edge in edges][:1]
    return " ".join(told[:2])


def numbers(evidence: Iterable[Evidence], source: str = "the one") -> list[str]:
    """Return a sentence for each piece of behaviour evidence that supports.

    Args:
        evidence: of one edge.
        source: what the shopper has.
    """
    return [
        _shared(item, source)
        if item.share
        else f"Bought together {_times(item.support)}, {_factor(item.lift)} chance."
        for item in evidence
        if item.kind == "behaviour" and item.polarity == "supports" and item.support
    ]


def _shared(item: Evidence, source: str) -> str:
    return f"{item.share:.0%} of {item.exposure:,} baskets with {source} have it."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _factor(lift: float) -> str:
    if lift < 1.05:
        return "about as often as"
    return f"{lift:.0f} times more than" if lift >= 10 else f"{lift:.1f} times more than"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
