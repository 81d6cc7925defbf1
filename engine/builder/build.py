"""Builds the subgraph of one question, rank by rank, inside a budget.

The builder can be stopped before any step. What it has by then is a valid answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from goeswith.engine.budget import Budget, BudgetSpentError, Meter
from goeswith.engine.builder.advice import Advice
from goeswith.engine.builder.candidates import Candidates
from goeswith.engine.builder.draft import Draft
from goeswith.engine.builder.listener import Deaf, Listener
from goeswith.engine.builder.select import BY_KIND, BY_WORDS, Candidate, choose
from goeswith.engine.explain import product_why
from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.outline import Brief, Outline
from goeswith.engine.graph.subgraph import Subgraph
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Chosen, Edge, Group
from goeswith.engine.planner.knowledge import KnowledgePlanner
from goeswith.engine.planner.understood import understood
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.question import Intent, Question

if TYPE_CHECKING:
    from goeswith.engine.lm.asking import Language

_WARM_UP = (
    Question("milk", "milk", Intent.COMPLEMENT, "milk", anchor="milk"),
    Question("picnic", "picnic", Intent.ACTIVITY, "picnic", activity="picnic"),
)


class Builder:
    """Builds subgraphs over one snapshot."""

    def __init__(self, shop: Shop, known: KnownEdges, language: Language | None = None) -> None:
        """Build over `shop` and what is `known`, with a model's help where there is one."""
        self.shop = shop
        self.known = known
        self._language = language
        self._planner = KnowledgePlanner(shop, known)
        self._candidates = Candidates(shop)
        self._warm = False
        self._threads = ThreadpoolController()

    def build(self, question: Question, meter: Meter, listener: Listener | None = None) -> Subgraph:
        """Return the subgraph. `degraded` says what the budget cut short, and is empty otherwise.

        Linear algebra runs on one thread meanwhile: the matrices are small, and threads of several
        builds would only wait for each other.
        """
        with self._threads.limit(limits=1, user_api="blas"):
            return self._build(question, meter, listener or Deaf())

    def _build(self, question: Question, meter: Meter, listener: Listener) -> Subgraph:
        question, notes = understood(self.shop, question)
        gate = self.shop.gate(question.canonical)
        draft = Draft(self.shop, meter.budget)
        advice = self._advice(question, gate, meter)
        outline = Outline("knowledge")
        degraded: list[str] = []
        rank = 0
        try:
            with meter.stage("plan"):
                outline = self._planner.plan(question, gate, meter)
            outline = advice.planned(outline)
            listener.planned(outline.plan)
            while True:
                ready = advice.before(rank, outline, draft)
                if ready.plan != outline.plan:
                    listener.planned(ready.plan)
                outline = ready
                ranks = outline.ranks()
                if rank == len(ranks):
                    break
                meter.require_round()
                listener.resolving(rank)
                for brief in ranks[rank]:
                    self._resolve(brief, draft, gate, meter, listener)
                rank += 1
        except BudgetSpentError as spent:
            degraded.append(spent.reason)
        degraded += advice.finished()
        outline = replace(outline, notes=(*notes, *outline.notes))
        return draft.finish(outline, degraded)

    def _advice(self, question: Question, gate: Gate, meter: Meter) -> Advice:
        if self._language is None:
            return Advice()
        from goeswith.engine.builder.counsel import Counsel

        return Counsel(self.shop, self.known, self._language, question, gate, meter)

    def warm(self) -> None:
        """Read everything a build needs, so that its deadline is not spent on opening files."""
        if not self._warm:
            # A clock that stands still: opening files on a slow machine is nobody's deadline.
            for question in _WARM_UP:
                self._planner.plan(question, self.shop.gate(""), Meter(Budget(), lambda: 0.0))
            if self._language is not None:
                self._language.load()
            self._warm = True

    def labels(self, nodes: Iterable[str]) -> dict[str, str]:
        """Return the titles behind product node ids, for showing."""
        catalog = self.shop.catalog
        found = {}
        for node in nodes:
            row = catalog.row(node.removeprefix("sku:")) if node.startswith("sku:") else None
            if row is not None:
                found[node] = catalog.title(row)
        return found

    def _resolve(
        self, brief: Brief, draft: Draft, gate: Gate, meter: Meter, listener: Listener
    ) -> None:
        if brief.owned:
            draft.give(brief, brief.rows)
            return
        with meter.tracer.span("need", rank=brief.need.rank):
            self._fill(brief, draft, gate, meter, listener)

    def _fill(
        self, brief: Brief, draft: Draft, gate: Gate, meter: Meter, listener: Listener
    ) -> None:
        with meter.stage("retrieve"):
            pool = self._candidates.retrieve(brief)
        with meter.stage("gate"):
            passed, refused = self._candidates.examine(brief, pool, draft.rows, gate, meter)
            draft.refuse(refused)
        with meter.stage("select"):
            weights = BY_WORDS if brief.query and not brief.basis else BY_KIND
            self._keep(brief, choose(passed, meter.budget.products, weights), draft, listener)

    def _keep(
        self,
        brief: Brief,
        picked: list[tuple[Candidate, float]],
        draft: Draft,
        listener: Listener,
    ) -> None:
        kept: list[tuple[int, Chosen]] = []
        edges: dict[str, Edge] = {}
        spent = False
        for candidate, score in picked:
            own = self._edges_of(brief, candidate)
            new = [edge for edge in own if edge.id not in edges and not draft.has(edge)]
            if len(edges) + len(new) > draft.room:
                spent = True
                break
            edges.update((edge.id, edge) for edge in new)
            product = candidate.product
            told = product_why(brief.reason, candidate.edges)
            chosen = Chosen(
                sku=product.sku,
                title=product.title,
                product_type=product.product_type,
                score=score,
                why=" ".join(filter(None, (told, candidate.caveat))),
                edges=tuple(edge.id for edge in own),
            )
            kept.append((candidate.row, chosen))
        if kept:
            draft.add(brief, kept, edges.values())
            group = Group(brief.need.id, tuple(product for _, product in kept))
            listener.resolved(group, tuple(edges.values()))
        if spent:
            raise BudgetSpentError("edges")

    def _edges_of(self, brief: Brief, candidate: Candidate) -> list[Edge]:
        type_id = int(self.shop.catalog.type_of[candidate.row])
        node = self.shop.kinds.node_id(type_id) if type_id >= 0 else ""
        own = {self.shop.kinds.node_id(kind) for kind in brief.type_ids}
        told = [
            edge
            for edge in brief.edges
            if edge.target == node or (edge.source == node and edge.target not in own)
        ]
        return [*candidate.edges, *told]
