"""Relations of one product, and the path between two ends, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from goeswith.engine.views.paths import Connection
    from goeswith.engine.views.relations import ProductRelations


def show_relations(console: Console, found: ProductRelations) -> None:
    """Print what is known of a product, relation by relation."""
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(f"{found.title}  #{found.sku}", style="bold"), guide_style="dim")
    for relation, items in found.relations.items():
        branch = tree.add(Text(relation.replace("_", " "), style="bold green"))
        for item in items:
            line = Text(item.title)
            line.append(f"  #{item.sku}  {item.confidence:.2f}", style="dim")
            branch.add(line).add(Text(item.why, style="italic dim"))
    if not found.relations:
        tree.add(Text("Nothing that passed the gate goes with it, fits it or replaces it."))
    console.print(tree)
    console.print(f"refused: {len(found.refused)}")


def show_connection(console: Console, found: Connection) -> None:
    """Print a path step by step."""
    from rich.text import Text
    from rich.tree import Tree

    title = f"{found.source.label} – {found.target.label}"
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    for step in found.steps:
        if step.edge is None:
            tree.add(Text(f"{step.source.label} – {step.target.label}: a kind of it", style="dim"))
            continue
        line = Text(f"{step.source.label} – {step.target.label}")
        line.append(f"  {step.edge.relation} {step.edge.confidence:.2f}", style="dim")
        tree.add(line).add(Text(step.edge.why, style="italic dim"))
    if not found.steps:
        tree.add(Text(found.why))
    console.print(tree)
