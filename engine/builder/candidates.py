"""Products for one need: retrieved, related to earlier choices, and passed through the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from goeswith.engine.budget import Meter
from goeswith.engine.builder.select import Candidate
from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.outline import Brief
from goeswith.engine.graph.proposal import End, Proposal, need_end
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Edge, Evidence, Relation
from goeswith.engine.planner.basket import is_in_basket
from goeswith.engine.proposer.fit import FitProposer

POOL = 60
"""Products looked at for one need."""

FIT_POOL = 400
"""Products looked at for a need that must fit; most of them may not."""

ENOUGH = 3
"""The gate stops when it has passed this many times the products wanted."""

POPULARITY_SCALE = 12.0
"""A product bought e^12 times is looked at as early as one that matches the phrase perfectly."""

MUST_FIT = frozenset({Relation.COMPATIBLE_WITH, Relation.REQUIRED_PART})
Pool = list[tuple[int, float]]
"""Catalog rows with retrieval's score in 0..1, in the order in which the gate looks at them."""


class Candidates:
    """Finds and examines products for needs over one snapshot."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._fit = FitProposer(shop)

    def retrieve(self, brief: Brief) -> Pool:
        """Return products of the need's types within its constraints, the likeliest first."""
        must_fit = MUST_FIT & {brief.relation, *(relation for _, relation in brief.relations)}
        size = FIT_POOL if must_fit else POOL
        retriever, constraints = self._shop.retriever, brief.need.constraints
        found: dict[int, float] = {}
        if brief.query:
            hits = retriever.products(
                brief.query, size, constraints=constraints, type_ids=brief.type_ids or None
            )
            found.update(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True))
        for type_id in brief.type_ids:
            for row in retriever.rows_of_type(type_id, size, constraints).tolist():
                found.setdefault(row, 0.0)
        rows = np.fromiter(found, np.int64, len(found))
        match = np.fromiter(found.values(), np.float64, len(found))
        shares = dict(zip(brief.type_ids, brief.shares, strict=False))
        types = self._shop.catalog.type_of[rows].tolist()
        share = np.array([shares.get(type_id, 1.0) for type_id in types])
        popular = np.log1p(self._shop.behaviour.popularity[rows]) / POPULARITY_SCALE
        likely = (match + popular) * share
        return [(int(rows[i]), float(match[i])) for i in np.lexsort((rows, -likely))]

    def examine(
        self,
        brief: Brief,
        pool: Pool,
        chosen: Mapping[str, Sequence[int]],
        gate: Gate,
        meter: Meter,
    ) -> tuple[list[Candidate], list[Edge]]:
        """Return the products that passed the gate, and every edge it refused.

        Args:
            brief: the need.
            pool: products to look at, in order.
            chosen: rows chosen or given for earlier needs, by need id.
            gate: the judge.
            meter: stops the examination at the deadline; what has passed by then is lost.
        """
        parents = [
            (need, [self._shop.end(row) for row in chosen.get(need, ())])
            for need in brief.need.depends_on
        ]
        passed: list[Candidate] = []
        refused: list[Edge] = []
        titles: set[str] = set()
        texts: set[int] = set()
        text_of = self._shop.retriever.text_of
        shares = dict(zip(brief.type_ids, brief.shares, strict=False))
        taken = {row for rows in chosen.values() for row in rows}
        for row, match in pool:
            # Products of one text have one title; most repeats are seen without reading it.
            if row in taken or text_of[row] in texts:
                continue
            meter.require_time()
            end = self._shop.end(row)
            if end.label in titles:
                continue
            covers, against = gate.judge([self._satisfies(brief, end, match)])
            edges, fits = list(covers), bool(covers)
            if fits and parents:
                lifted, no, fits = self._lift(brief, parents, end, gate)
                edges += lifted
                against += no
            refused += against
            if not fits:
                continue
            titles.add(end.label)
            texts.add(text_of[row])
            together = max(
                (e.confidence for e in edges if e.relation != Relation.SATISFIES), default=0.0
            )
            share = shares.get(end.type_id, 1.0)
            popularity = int(self._shop.behaviour.popularity[row])
            product = self._shop.product(row)
            passed.append(Candidate(row, product, match, share, popularity, together, tuple(edges)))
            if len(passed) >= ENOUGH * meter.budget.products:
                break
        return passed, refused

    def _satisfies(self, brief: Brief, end: End, match: float) -> Proposal:
        basis = brief.basis or (_found_by_words(match),)
        return Proposal(end, need_end(brief.need.id, brief.need.phrase), Relation.SATISFIES, basis)

    def _lift(
        self, brief: Brief, parents: list[tuple[str, list[End]]], end: End, gate: Gate
    ) -> tuple[list[Edge], list[Edge], bool]:
        """Relate a product to those chosen before. False when it cannot be used with them.

        It must do with the first product of a need, and with any of those in the basket.
        """
        accepted: list[Edge] = []
        refused: list[Edge] = []
        sources = {edge.source for edge in brief.edges}
        for need, row in parents:
            relation = brief.toward(need)
            if not row and self._needs_parent(relation, end):
                return accepted, refused, False
            held = is_in_basket(need)
            asked = held and self._shop.kinds.node_id(row[0].type_id) not in sources
            failed = 0
            for place, parent in enumerate(row):
                proposals = (
                    self._fit.constraint(parent, end)
                    if asked
                    else self._fit.between(parent, end, brief, relation)
                )
                must_fit = not asked and self._must_fit(relation, parent, end)
                if not proposals and not must_fit:
                    continue
                yes, no = gate.judge(proposals)
                accepted += yes
                refused += no
                if _unusable(no, must_fit=must_fit, proven=bool(yes)):
                    failed += 1
                    if place == 0 and not held:
                        return accepted, refused, False
            if held and failed == len(row):
                return accepted, refused, False
        return accepted, refused, True

    def _needs_parent(self, relation: Relation | None, end: End) -> bool:
        """Tell whether a product makes no sense where nothing was found for what it belongs to.

        Litter is bought by who owns the box already; a filter fits one lens and not another.
        """
        if relation is None or relation is Relation.OFTEN_BOUGHT_WITH:
            return False
        fits = relation is Relation.COMPATIBLE_WITH
        return fits or self._shop.compatibility.must_fit(end.type_id)

    def _must_fit(self, relation: Relation | None, parent: End, end: End) -> bool:
        """Tell whether a product is of no use without proof: yeast fits any flour, a lens does not.

        A part is only as exacting as the rules about the two kinds.
        """
        if relation is Relation.REQUIRED_PART:
            return self._shop.compatibility.has_rule(parent.type_id, end.type_id)
        return relation is Relation.COMPATIBLE_WITH


def _found_by_words(match: float) -> Evidence:
    return Evidence("attribute", "supports", round(min(1.0, match), 4), "title", "retrieval")


def _unusable(refused: list[Edge], *, must_fit: bool, proven: bool) -> bool:
    if must_fit and not proven:
        return True
    return any(edge.verdict.reason.startswith("mismatch_") for edge in refused)
