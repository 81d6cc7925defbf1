"""What a language model adds while a plan is worked through, one round before each rank.

    before the first rank   relate: the dependencies that nothing settles, in one call
    before a later rank     judge what was claimed, phrase searches for what the parents chose,
                            and ask once what the chosen products bring with them

All askings of a round wait together, so a question waits for the model at most 2 + ranks times.
"""

from __future__ import annotations

from typing import Any

import msgspec

from goeswith.engine.budget import Meter
from goeswith.engine.builder.advice import Advice
from goeswith.engine.builder.draft import Draft
from goeswith.engine.builder.extension import Extension
from goeswith.engine.builder.phrasing import Phrasing
from goeswith.engine.builder.settle import Pair, Settler, bound
from goeswith.engine.gate.gate import Gate
from goeswith.engine.gate.judging import criticised, judge_asks
from goeswith.engine.graph.outline import Brief, Outline
from goeswith.engine.graph.proposal import Proposal
from goeswith.engine.index.shop import Shop
from goeswith.engine.lm.asking import Ask, Language
from goeswith.engine.model import Edge
from goeswith.engine.planner.lm import LmPlanner
from goeswith.engine.planner.wording import wording
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.proposer.lm import heard, relate_asks
from goeswith.engine.question import Question
from goeswith.prompts.relate import MAX_PAIRS


class Counsel(Advice):
    """Advises one build.

    Args:
        shop: the open shop.
        known: the edge store; filled at the end.
        language: the model, and who plans with it.
        question: what is asked.
        gate: judges what is claimed.
        meter: the build's budget.
    """

    def __init__(
        self,
        shop: Shop,
        known: KnownEdges,
        language: Language,
        question: Question,
        gate: Gate,
        meter: Meter,
    ) -> None:
        self._planner = LmPlanner(shop)
        self._question = question
        self._meter = meter
        self._types = shop.catalog.types
        self._kinds = shop.kinds
        self._known = known
        self._version = language.version
        self._ask = language.asker(meter)
        self._gate = gate
        self._words = wording(question)
        self._decoys = shop.decoys
        self._settler = Settler(shop, known)
        self._phrasing = Phrasing(shop, known)
        self._extension = Extension(shop, known, question, self._words)
        self._since = known.begin()
        self._asked: set[Pair] = set()
        self._none: list[Pair] = []
        self._claims: list[Proposal] = []
        self._judged: list[Proposal] = []

    def planned(self, outline: Outline) -> Outline:
        """Return the model's plan, or the knowledge planner's where it has none."""
        return self._planner.plan(self._question, outline, self._meter, self._ask)

    def before(self, rank: int, outline: Outline, draft: Draft) -> Outline:
        """Return the outline with what is known for this rank, asking for what is missing."""
        if outline.source != "lm":
            return outline
        needs = self._meter.budget.needs
        chosen = draft.titles()
        relate = relate_asks(self._gaps(rank, outline), self._types, self._words)
        judge = judge_asks(self._claims, self._decoys)
        phrase = self._phrasing.asks(_of_rank(outline, rank), chosen)
        extend = self._extension.asks(outline, chosen, needs) if rank else []
        calls = self._affordable([judge, relate, phrase, extend], outline)
        related, phrased, extended = calls[1], calls[2], calls[3]
        self._hear_critic(calls[0])
        self._hear(relate, related)
        if rank:
            self._judge_now(outline)
        outline = self._phrasing.applied(outline, rank, phrase, phrased, chosen)
        if rank:
            room = needs - sum(not brief.owned for brief in outline.briefs)
            outline = self._extension.applied(outline, rank, extend, extended, room)
            if rank == len(outline.ranks()) - 1:
                late = relate_asks(self._gaps(rank, outline), self._types, self._words)
                self._hear(late, self._affordable([late], outline)[0])
                self._judge_now(outline)
        return self._bound(outline, rank)

    def finished(self) -> list[str]:
        """Have what was learned written to the edge store, the refused too: nobody waits for it."""
        judged = [(proposal, self._verdict(proposal)) for proposal in self._judged]
        notes = (*self._phrasing.notes, *self._extension.notes)
        self._known.remember(judged, self._none, notes, since=self._since, later=True)
        return self._ask.troubles

    def _gaps(self, rank: int, outline: Outline) -> list[Pair]:
        """Return the pairs of types to ask about for this rank and those after it."""
        by_id = {brief.need.id: brief for brief in outline.briefs}
        found: dict[Pair, None] = {}
        for brief in outline.briefs:
            if brief.need.rank < max(1, rank) or brief.owned:
                continue
            for name in brief.need.depends_on:
                parent = by_id[name]
                if self._settler.bond(parent, brief, self._gate).relation is None:
                    found.update(dict.fromkeys(self._settler.gap(parent, brief)))
        pairs = [pair for pair in found if pair not in self._asked][:MAX_PAIRS]
        if pairs and self._ask.calls_left < 2:
            # A claim that no critic can judge any more is worth nothing.
            self._ask.troubles.append(self._ask.lack)
            return []
        self._asked.update(pairs)
        return pairs

    def _affordable(self, groups: list[list[Ask[Any, Any]]], outline: Outline) -> list[list[Any]]:
        """Ask in one round what the budget still holds, in order of worth."""
        left = self._ask.calls_left if self._may_wait(outline) else 0
        asks: list[Ask[Any, Any]] = []
        for group in groups:
            if len(asks) + len(group) <= left:
                asks += group
            elif self._may_wait(outline):
                self._ask.troubles.append(self._ask.lack)
        results = iter(self._ask(asks))
        asked = {id(ask) for ask in asks}
        return [[next(results) for ask in group if id(ask) in asked] for group in groups]

    def _may_wait(self, outline: Outline) -> bool:
        return self._ask.rounds < 2 + len(outline.ranks())

    def _judge_now(self, outline: Outline) -> None:
        """Have what this rank needs judged before it is worked through."""
        if self._claims and self._may_wait(outline) and self._ask.calls_left:
            self._hear_critic(self._ask(judge_asks(self._claims, self._decoys)))

    def _hear(self, asks: list[Ask[Any, Any]], results: list[Any]) -> None:
        if results:
            opinion = heard(asks, results, self._types, self._version)
            self._claims += opinion.proposals
            self._none += opinion.none

    def _hear_critic(self, results: list[Any]) -> None:
        if results:
            told = criticised(self._claims, results, self._version)
            self._judged += told
            self._claims = []

    def _bound(self, outline: Outline, rank: int) -> Outline:
        """Relate the needs of a rank to those before them; drop new needs that nothing relates."""
        by_id = {brief.need.id: brief for brief in outline.briefs}
        refused: dict[str, Edge] = {edge.id: edge for edge in outline.refused}
        briefs = []
        for brief in outline.briefs:
            if brief.need.rank == rank and not brief.owned:
                bonds = [
                    (name, self._settler.bond(by_id[name], brief, self._gate, self._judged))
                    for name in brief.need.depends_on
                ]
                for _, bond in bonds:
                    refused.update((edge.id, edge) for edge in bond.refused)
                brief = bound(brief, bonds, self._kinds)  # noqa: PLW2901
            briefs.append(brief)
        ready = msgspec.structs.replace(
            outline, briefs=tuple(briefs), refused=tuple(refused.values())
        )
        founded = self._extension.founded(ready, rank)
        return ready if founded is ready else self._bound(founded, rank)

    def _verdict(self, proposal: Proposal) -> Edge:
        accepted, refused = self._gate.judge([proposal])
        return (accepted or refused)[0]


def _of_rank(outline: Outline, rank: int) -> list[Brief]:
    return [b for b in outline.briefs if b.need.rank == rank and not b.owned]
