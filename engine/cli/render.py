"""Answers as a tree for a person: need, products, why, and where the answer came from."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from goeswith.engine.answer import Answer, Body
from goeswith.engine.model import Edge, Evidence, Group, Need, Offer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree

EMPTY = "Nothing in this shop matches that. Name a product, a kind of product or an activity."
EMPTY_PLANNED = (
    "Nothing that this shop sells is known to fit. See why with goeswith explain --rejected."
)
EMPTY_BOUND = "Nothing in this shop is known to satisfy those bounds. Try it without them."
_MAX_REFUSED = 40


def show_answer(console: Console, answer: Answer) -> None:
    """Print an answer."""
    from rich.text import Text
    from rich.tree import Tree

    body = answer.data()
    title = Text(answer.question, style="bold")
    title.append(f"   [{badge(answer)}]", style="not bold cyan")
    tree = Tree(title, guide_style="dim")
    needs = {need.id: need for need in body.plan.needs}
    for need in body.plan.needs:
        if need.anchor and not any(group.need == need.id for group in body.groups):
            tree.add(Text(f"for {need.phrase}{_given(body, need)}", style="dim"))
    for group in body.groups:
        _add_group(tree, needs[group.need], group, reasons=body.plan.source != "single")
    if not body.groups:
        tree.add(Text(_nothing(body)))
    for note in body.notes:
        tree.add(Text(note, style="yellow"))
    console.print(tree)
    if body.degraded:
        console.print(Text(f"cut short: {', '.join(body.degraded)}", style="yellow"))


def badge(answer: Answer) -> str:
    """Return where the answer came from and how long it took."""
    opening = answer.cost.stages.get("open", 0.0)
    time = duration(answer.cost.wall_ms - opening)
    if answer.cache.tier == "none":
        return f"built in {time}" + (f" after opening, {duration(opening)}" if opening else "")
    stale = ", stale" if answer.cache.stale else ""
    return f"{answer.cache.tier} in {time}, {_age(answer.cache.age_s)} old{stale}"


def duration(ms: float) -> str:
    """Return a time as people say it."""
    if ms >= 1000.0:
        return f"{ms / 1000.0:.1f} s"
    return f"{ms:.1f} ms" if ms >= 1.0 else f"{ms * 1000.0:.0f} µs"


def show_evidence(console: Console, body: Body, labels: dict[str, str]) -> None:
    """Print every edge of an answer with its evidence and the checks it passed."""
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(f"edges: {len(body.graph.edges)}", style="bold"), guide_style="dim")
    for edge in body.graph.edges:
        ends = f"{_name(edge.source, labels)} → {_name(edge.target, labels)}"
        branch = tree.add(Text(f"{ends}  {edge.relation} {edge.confidence:.2f}"))
        for item in edge.evidence:
            branch.add(Text(_evidence(item), style="dim"))
        branch.add(Text(f"passed {', '.join(edge.verdict.checks)}", style="dim"))
    console.print(tree)


def show_refused(console: Console, refused: tuple[Edge, ...], labels: dict[str, str]) -> None:
    """Print the edges the gate refused, grouped by reason."""
    from rich.text import Text
    from rich.tree import Tree

    counts = Counter(edge.verdict.reason for edge in refused)
    tree = Tree(Text(f"refused: {len(refused)}", style="bold"), guide_style="dim")
    for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        branch = tree.add(Text(f"{reason}: {count}"))
        edges = [edge for edge in refused if edge.verdict.reason == reason]
        for edge in edges[:_MAX_REFUSED]:
            ends = f"{_name(edge.source, labels)} → {_name(edge.target, labels)}"
            branch.add(Text(f"{ends} ({edge.relation}): {edge.verdict.detail}", style="dim"))
        if len(edges) > _MAX_REFUSED:
            branch.add(Text(f"and {len(edges) - _MAX_REFUSED} more; see --json", style="dim"))
    console.print(tree)


def _add_group(tree: Tree, need: Need, group: Group, *, reasons: bool) -> None:
    from rich.text import Text

    label = Text(need.phrase, style="bold green")
    if need.rank > 1:
        label.append(f"  after {', '.join(need.depends_on)}", style="not bold dim")
    branch = tree.add(label)
    shared = _shared([product.why for product in group.products]) if reasons else ""
    if shared:
        branch.add(Text(shared, style="italic"))
    for product in group.products:
        line = Text(product.title)
        line.append(f"  #{product.sku}", style="dim")
        if isinstance(product.offer, Offer):
            line.append(_offer(product.offer), style="bold")
        leaf = branch.add(line)
        own = product.why.removeprefix(shared).strip()
        if reasons and own:
            leaf.add(Text(own, style="italic dim"))


def _offer(offer: Offer) -> str:
    price = "" if offer.price is None else f"  {offer.price:,.2f} {offer.currency}".rstrip()
    return price + ("  not available" if offer.available is False else "")


def _shared(whys: Sequence[str]) -> str:
    """Return the sentences that all reasons begin with."""
    parts = [why.removesuffix(".").split(". ") for why in whys]
    same = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*parts, strict=False))
    start = ". ".join(column[0] for column in same)
    return f"{start}." if start else ""


def _nothing(body: Body) -> str:
    needs = body.plan.needs
    if any(not need.constraints.empty for need in needs):
        return EMPTY_BOUND
    return EMPTY_PLANNED if any(need.anchor for need in needs) else EMPTY


def _given(body: Body, need: Need) -> str:
    titles = [
        node.label for node in body.graph.nodes if node.kind == "product" and node.need == need.id
    ]
    return f" ({'; '.join(titles)})" if titles else ""


def _evidence(item: Evidence) -> str:
    told = f"{item.kind} {item.polarity} {item.score:.2f}  {item.reference}"
    if item.support:
        told += (
            f"  {item.support:,} of {item.exposure:,} baskets in {item.window} days, "
            f"{item.lift:.1f} times chance"
        )
    return told


def _name(node: str, labels: dict[str, str]) -> str:
    return labels.get(node, node.removeprefix("type:").removeprefix("need:"))


def _age(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
