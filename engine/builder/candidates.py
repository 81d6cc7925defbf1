"""Products for one need: retrieved, related to earlier choices, and passed through the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from goeswith.engine.budget import Meter
from goeswith.engine.builder.select import Candidate
from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.outline import Brief
from goeswith.engine.graph.proposal import End, Proposal, need_end
from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.kinds import head_nouns
from goeswith.engine.model import Edge, Evidence, Relation
from goeswith.engine.planner.basket import is_in_basket
from goeswith.engine.planner.finding import OF_TYPE
from goeswith.engine.proposer.fit import FitProposer
from goeswith.engine.retrieval.text import terms

POOL = 60
"""Products looked at for one need."""

FIT_POOL = 400
"""Products looked at for a need that must fit; most of them may not."""

ENOUGH = 3
"""The gate stops when it has passed this many times the products wanted."""

POPULARITY_SCALE = 12.0
"""A product bought e^12 times is looked at as early as one that matches the phrase perfectly."""

WORDS_SCALE = 120.0
"""The same where words were asked for: popularity only parts products that match alike."""

UNPROVEN = 0.5
"""What a product counts whose fit nothing decides, beside one that is known to fit."""

MUST_FIT = frozenset({Relation.COMPATIBLE_WITH, Relation.REQUIRED_PART})
Pool = list[tuple[int, float]]
"""Catalog rows with retrieval's score in 0..1, in the order in which the gate looks at them."""


class _Lift(NamedTuple):
    """How a product stands to those before it; `caveat` says of which fit nothing is known."""

    accepted: list[Edge]
    refused: list[Edge]
    usable: bool
    caveat: str = ""


class Candidates:
    """Finds and examines products for needs over one snapshot."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._fit = FitProposer(shop)
        self._stated = lru_cache(maxsize=4096)(self._stated_by)

    def retrieve(self, brief: Brief) -> Pool:
        """Return products of the need's types within its constraints, the likeliest first."""
        must_fit = MUST_FIT & {brief.relation, *(relation for _, relation in brief.relations)}
        size = FIT_POOL if must_fit else POOL
        retriever, constraints = self._shop.retriever, brief.need.constraints
        found: dict[int, float] = {}
        for types in _searched(brief):
            hits = retriever.products(brief.query, size, constraints=constraints, type_ids=types)
            found.update(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True))
        for type_id in brief.type_ids:
            for row in retriever.rows_of_type(type_id, size, constraints).tolist():
                found.setdefault(row, 0.0)
        if brief.query:
            found = self._of_it(brief.query, found)
        rows = np.fromiter(found, np.int64, len(found))
        match = np.fromiter(found.values(), np.float64, len(found))
        scale = POPULARITY_SCALE if brief.basis or not brief.query else WORDS_SCALE
        likely = match + np.log1p(self._shop.behaviour.popularity[rows]) / scale
        if brief.shares:
            shares = dict(zip(brief.type_ids, brief.shares, strict=False))
            types = self._shop.catalog.type_of[rows].tolist()
            likely *= np.array([shares.get(type_id, 1.0) for type_id in types])
        order = np.lexsort((rows, -likely))
        return list(zip(rows[order].tolist(), match[order].tolist(), strict=True))

    def _of_it(self, phrase: str, found: dict[int, float]) -> dict[int, float]:
        """Return the products without those that are only for what the phrase names, if any stay.

        Goggles for smartphones are no smartphone.
        """
        heads = head_nouns(phrase)
        title = self._shop.catalog.title
        kept = {row: match for row, match in found.items() if not _is_for(title(row), heads)}
        return kept or found

    def examine(
        self,
        brief: Brief,
        pool: Pool,
        chosen: Mapping[str, Sequence[int]],
        gate: Gate,
        meter: Meter,
    ) -> tuple[list[Candidate], list[Edge]]:
        """Return the products that passed the gate, and every edge it refused.

        Where nothing in this shop decides whether products of two kinds fit, those that nothing
        speaks against are returned with a caveat: a power supply is needed although no attribute
        proves it. They are not where the question asks for the fit itself.

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
        unproven: list[Candidate] = []
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
            edges, lift = list(covers), _Lift([], [], usable=bool(covers))
            if covers and parents:
                lift = self._lift(brief, parents, end, gate)
                edges += lift.accepted
                against += lift.refused
            refused += against
            if not lift.usable:
                continue
            titles.add(end.label)
            texts.add(text_of[row])
            together = max(
                (e.confidence for e in edges if e.relation != Relation.SATISFIES), default=0.0
            )
            share = shares.get(end.type_id, 1.0)
            popularity = int(self._shop.behaviour.popularity[row])
            product = self._shop.product(row)
            found = Candidate(row, product, match, share, popularity, together, tuple(edges))
            if lift.caveat:
                share = round(UNPROVEN * share, 4)
                unproven.append(replace(found, share=share, caveat=lift.caveat))
                continue
            passed.append(found)
            if len(passed) >= ENOUGH * meter.budget.products:
                break
        if not passed:
            passed = unproven[: ENOUGH * meter.budget.products]
        return passed, refused

    def _satisfies(self, brief: Brief, end: End, match: float) -> Proposal:
        named = (OF_TYPE,) if end.type_id in brief.named_types else ()
        basis = brief.basis or named or (_found_by_words(match),)
        return Proposal(end, need_end(brief.need.id, brief.need.phrase), Relation.SATISFIES, basis)

    def _lift(
        self, brief: Brief, parents: list[tuple[str, list[End]]], end: End, gate: Gate
    ) -> _Lift:
        """Relate a product to those chosen before.

        It must do with the first product of a need, and with any of those in the basket.
        """
        accepted: list[Edge] = []
        refused: list[Edge] = []
        caveat = ""
        sources = {edge.source for edge in brief.edges}
        for need, row in parents:
            relation = brief.toward(need)
            if not row and self._needs_parent(relation, end):
                return _Lift(accepted, refused, usable=False)
            held = is_in_basket(need)
            asked = held and self._shop.kinds.node_id(row[0].type_id) not in sources
            decides = len(row) if held else 1
            failed = unsure = 0
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
                clashes = any(map(_is_mismatch, no))
                if place < decides and (clashes or (must_fit and not yes)):
                    failed += 1
                    unsure += not (clashes or brief.proof or self._is_decidable(parent, end))
                    if not held:
                        break
            if not failed or failed < decides:
                continue
            if unsure < failed:
                return _Lift(accepted, refused, usable=False)
            caveat = caveat or f"Nothing here tells whether it fits {row[0].label}."
        return _Lift(accepted, refused, usable=True, caveat=caveat)

    def _is_decidable(self, parent: End, end: End) -> bool:
        """Tell whether products of the two kinds say what a rule about them reads.

        Where no rule is about the two, a kind that must fit something else does not fit: a lens is
        for no compact camera.
        """
        rules = self._shop.compatibility
        if not rules.has_rule(parent.type_id, end.type_id):
            return rules.must_fit(end.type_id)
        return rules.is_decidable(parent.type_id, end.type_id, self._stated)

    def _stated_by(self, type_id: int) -> frozenset[str]:
        """Return the attributes that products of a kind have, as far as the most bought tell."""
        rows = self._shop.retriever.rows_of_type(type_id, FIT_POOL).tolist()
        products = map(self._shop.product, rows)
        return frozenset(name for p in products for name, value in p.attributes.items() if value)

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


def _searched(brief: Brief) -> list[tuple[int, ...] | None]:
    """Return the types to search, one search each; None for all types."""
    if not brief.query:
        return []
    named = [brief.named_types] if brief.named_types else []
    return [*named, brief.type_ids or None]


def _found_by_words(match: float) -> Evidence:
    return Evidence("attribute", "supports", round(min(1.0, match), 4), "title", "retrieval")


def _is_mismatch(edge: Edge) -> bool:
    return edge.verdict.reason.startswith("mismatch_")


def _is_for(title: str, heads: frozenset[str]) -> bool:
    """Tell whether a title names one of the nouns only behind its first "for"."""
    own, _, what_for = title.lower().partition(" for ")
    return bool(what_for) and bool(heads & set(terms(what_for))) and not heads & set(terms(own))
