"""A prebuilt product graph in the manner of LLM-PKG: made for the whole catalog, then traversed."""

from __future__ import annotations

from goeswith.eval.arms.common import (
    best_sellers,
    listed_products,
    listed_types,
    rows_had,
    types_meant,
)
from goeswith.eval.distilled import Distilled, Link, distilled
from goeswith.eval.model import Arm, Asked, Built, Claim, Given
from goeswith.eval.stand import Stand


class StaticArm(Arm):
    """Finds the type that is meant and follows its edges. At question time nothing is built.

    Products are the most bought ones of the types that the edges lead to. There is no check between
    two products: that would have to be made for each pair of the catalog beforehand.
    """

    def __init__(self, stand: Stand, graph: Distilled | None = None) -> None:
        self._shop = stand.shop
        self._graph = distilled(stand) if graph is None else graph
        self._built = Built(
            self._graph.seconds, self._graph.edges, about="edges between product types"
        )

    @property
    def built(self) -> Built:
        """The graph of the whole catalog."""
        return self._built

    def answer(self, asked: Asked) -> Given:
        """Answer one question."""
        shop = self._shop
        types = types_meant(shop, asked)
        anchors = types if rows_had(shop, asked) else types[:1]
        best: dict[int, tuple[int, Link]] = {}
        for anchor in anchors:
            for link in self._graph.links.get(anchor, ()):
                known = best.get(link.target)
                if known is None or link.strength > known[1].strength:
                    best[link.target] = (anchor, link)
        inside = set(anchors)
        links = sorted(
            (found for target, found in best.items() if target not in inside),
            key=lambda found: (-found[1].strength, found[1].target),
        )
        targets = [link.target for _, link in links]
        whys = {target: link.why for target, (_, link) in best.items()}
        node = shop.kinds.node_id
        claims = tuple(
            Claim(node(anchor), node(link.target), link.relation, link.strength)
            for anchor, link in links
        )
        if asked.wants == "type":
            names = {listed_types(shop, (target,))[0]: whys[target] for target in targets}
            items = listed_types(shop, targets)
            return Given(items, whys=tuple(names[item] for item in items), claims=claims)
        rows = best_sellers(shop, targets)
        items = listed_products(shop, rows)
        by_sku = {shop.catalog.sku(row): whys[int(shop.catalog.type_of[row])] for row in rows}
        return Given(items, whys=tuple(by_sku[item] for item in items), claims=claims)
