"""What a stored answer depends on, as tags: by them a change in the shop drops and refreshes.

    answer           every answer
    negative         answers without a product, whose cause no other tag tells: anything new may
                     fill them
    priced           answers to a question with a price bound: they rest on prices
    sku:4711         a product that is named, or that the shopper has
    type:A > B       a product type that is named, or whose products are
    open:type:A > B  a product type of a need that any product of it may come to be shown for
    from:type:A > B  a product type that relations of the answer start from
    from:sku:4711    a product that those named were related to, whatever came of it
    pair:A|B         two types or two products, as tags, whose relation is shown, or is refused
                     where nothing else was found
    activity:bbq     a curated activity whose needs were planned
    word:frosting    a word of the question: a product that is given this word may be meant by it

An end of an edge in the edge store is called as its tag is here.
"""

from __future__ import annotations

from goeswith.engine.graph.subgraph import Subgraph
from goeswith.engine.model import Edge, TypePath, type_name
from goeswith.engine.question import Question
from goeswith.engine.retrieval.text import terms

VERSION = "3"
"""Part of every answer's key: what has other tags would not be found by a change."""

ANY_ANSWER = "answer"
NEGATIVE = "negative"
PRICED = "priced"


def sku_tag(sku: str) -> str:
    """Return the tag of what names a product."""
    return f"sku:{sku}"


def type_tag(path: TypePath) -> str:
    """Return the tag of what names a product type, as its node in a graph is called."""
    return f"type:{type_name(path)}"


def open_tag(kind: str) -> str:
    """Return the tag of what any product of a type may come to be shown in, given as its tag."""
    return f"open:{kind}"


def activity_tag(activity: str) -> str:
    """Return the tag of what was planned from a curated activity, given by its id."""
    return f"activity:{activity}"


def word_tag(word: str) -> str:
    """Return the tag of the questions that hold a word, in its searched form."""
    return f"word:{word}"


def from_tag(end: str) -> str:
    """Return the tag of what rests on the mined relations of an end, given as its tag."""
    return f"from:{end}"


def pair_tag(one: str, other: str) -> str:
    """Return the tag of what shows a relation between two ends, given as their tags."""
    return f"pair:{min(one, other)}|{max(one, other)}"


def words_of(question: Question) -> frozenset[str]:
    """Return the words of a question that may name a product or a type."""
    parts = (question.phrase, question.anchor, question.wanted, question.activity)
    return frozenset(word for part in parts for word in terms(part))


def tags_of(question: Question, subgraph: Subgraph) -> list[str]:
    """Return what an answer depends on."""
    named = {node.id for node in subgraph.graph.nodes if node.kind != "need"}
    products = [product for group in subgraph.groups for product in group.products]
    types = {type_tag(product.product_type) for product in products if product.product_type}
    skus = {sku_tag(product.sku) for product in products} | set(map(sku_tag, question.basket))
    words = set(map(word_tag, words_of(question)))
    explained = subgraph.rests and not subgraph.plan.needs
    shown = subgraph.refused if explained else subgraph.graph.edges
    pairing = [edge for edge in shown if _is_pair(edge)]
    starts = {edge.source for edge in pairing} | set(map(sku_tag, subgraph.parents))
    pairs = {pair_tag(edge.source, edge.target) for edge in pairing}
    wide = set(map(open_tag, subgraph.open))
    kind = {ANY_ANSWER} if subgraph.groups or explained else {ANY_ANSWER, NEGATIVE}
    limits = question.constraints
    if limits.price_min is not None or limits.price_max is not None:
        kind.add(PRICED)
    rests = subgraph.rests | set(map(from_tag, starts))
    return sorted(kind | named | types | skus | words | pairs | wide | rests)


def _is_pair(edge: Edge) -> bool:
    """Tell whether both ends are types, or both are products: what baskets may speak about."""
    return not any(end.startswith("need:") for end in (edge.source, edge.target))
