"""One step of distillation: a few types are asked about, judged, checked and kept.

Three rounds of calls: what the types bring with them; which relation holds for the pairs that
baskets join, for the pairs that came out of it, and for near names; the critic on every claim, and
the search words that a question would ask for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from goeswith.engine.builder.extension import NOTHING
from goeswith.engine.distil.frontier import Frontier, Pair
from goeswith.engine.distil.wording import Wording
from goeswith.engine.gate.judging import criticised, judge_asks
from goeswith.engine.graph.proposal import Proposal, type_end
from goeswith.engine.index.shop import Shop
from goeswith.engine.lm.asking import Ask
from goeswith.engine.model import Evidence, Relation
from goeswith.engine.proposer.known import KnownEdges, Note
from goeswith.engine.proposer.lm import SAID, SAID_SCORE, Together, heard, relate_asks
from goeswith.engine.proposer.merge import merge
from goeswith.prompts import EXTEND, NAME_WHY, ExtendAsk, Failed, NameWhyAsk
from goeswith.prompts.name_why import MAX_PAIRS, Named

MOST_BROUGHT = 6
"""Needs that a type may bring with it."""

WAITING = frozenset(
    {"deferred", "budget", "deadline", "rate_limited", "unreachable", "breaker_open"}
)
"""Failures after which the same call is worth making again later."""


class Step(msgspec.Struct):
    """What came of one step. `waits` is True when it has to be done again."""

    asked: int = 0
    claims: int = 0
    accepted: int = 0
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    none: int = 0
    unmapped: int = 0
    unanswered: int = 0
    failed: Counter[str] = msgspec.field(default_factory=Counter)
    kept: int = 0
    waits: str = ""

    def add(self, other: Step) -> None:
        """Add what another step came to."""
        for name in ("asked", "claims", "accepted", "none", "unmapped", "unanswered", "kept"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused.update(other.refused)
        self.failed.update(other.failed)


class Distiller:
    """Distils types over one snapshot.

    Args:
        shop: what is known without a model.
        known: the edge store.
        version: model and prompts, told in the evidence.
    """

    def __init__(self, shop: Shop, known: KnownEdges, version: str) -> None:
        self._shop = shop
        self._known = known
        self._version = version
        self.frontier = Frontier(shop, known)
        self.wording = Wording(shop, known)

    def step(self, heads: Sequence[int], ask: Together) -> Step:
        """Ask about some types and keep what passes. Nothing is kept of a step that waits."""
        done = Step()
        since = self._known.begin()
        frontier = self.frontier
        hear = self._hearing(ask, done)

        brought = self._brought(heads, hear)
        if done.waits:
            return done
        gaps = frontier.open(heads)
        imagined: list[Pair] = []
        for head, phrases in brought.items():
            pairs, nothing = frontier.mapped(head, phrases)
            imagined += pairs
            done.unmapped += nothing

        naming, relating = self.asks(frontier, gaps.bought, [*gaps.others, *imagined])
        results = hear([*naming, *relating])
        if done.waits:
            return done
        proposals, none = self._named(results[: len(naming)], done)
        opinion = heard(relating, results[len(naming) :], self._shop.catalog.types, self._version)
        proposals += opinion.proposals
        none += opinion.none
        done.unanswered += len(opinion.unanswered)

        judging = judge_asks(proposals, self._shop.decoys)
        claimed = [(p.source.ref, p.target.ref) for p in proposals]
        phrasing = self.wording.asks(self.wording.pairs(heads, claimed))
        last = hear([*judging, *phrasing])
        if done.waits:
            return done
        judged = criticised(proposals, last[: len(judging)], self._version)
        notes = self.wording.notes(last[len(judging) :])
        self._keep(judged, none, [*self._notes(brought), *notes], since, done)
        return done

    def asks(
        self, frontier: Frontier, bought: Sequence[Pair], others: Sequence[Pair]
    ) -> tuple[list[Ask[Any, Any]], list[Ask[Any, Any]]]:
        """Return the calls that name what baskets join, and those about other pairs."""
        naming: list[Ask[Any, Any]] = [
            Ask(NAME_WHY, NameWhyAsk(tuple(frontier.bought(bought[at : at + MAX_PAIRS]))))
            for at in range(0, len(bought), MAX_PAIRS)
        ]
        return naming, [*relate_asks(others, self._shop.catalog.types)]

    def bringing(self, heads: Sequence[int]) -> dict[int, Ask[Any, Any]]:
        """Return the calls that ask what types bring with them, for those never asked about."""
        return {head: self._bring(head) for head in heads if not self._noted(head)}

    def _hearing(self, ask: Together, done: Step) -> Callable[[list[Ask[Any, Any]]], list[Any]]:
        def hear(asks: list[Ask[Any, Any]]) -> list[Any]:
            results = ask(asks) if asks else []
            done.asked += len(asks)
            for result in results:
                if isinstance(result, Failed):
                    done.failed[result.reason] += 1
                    if result.reason in WAITING:
                        done.waits = done.waits or result.reason
            return results

        return hear

    def _brought(
        self, heads: Sequence[int], hear: Callable[[list[Ask[Any, Any]]], list[Any]]
    ) -> dict[int, list[str]]:
        asks = self.bringing(heads)
        results = hear(list(asks.values()))
        return {
            head: [need.phrase for need in result.needs]
            for head, result in zip(asks, results, strict=True)
            if not isinstance(result, Failed)
        }

    def _noted(self, head: int) -> bool:
        return bool(self._known.notes(self._shop.kinds.node_id(head), "brings"))

    def _bring(self, head: int) -> Ask[Any, Any]:
        label = self._shop.kinds.label(head)
        found = f"{label}: {'; '.join(self.frontier.titles(head))}"
        question = f"what goes with {label}"
        return Ask(EXTEND, ExtendAsk(question, (("n1", label),), (found,), most=MOST_BROUGHT))

    def _named(
        self, results: Sequence[Named | Failed], done: Step
    ) -> tuple[list[Proposal], list[Pair]]:
        types = self._shop.catalog.types
        proposals: list[Proposal] = []
        none: list[Pair] = []
        for result in results:
            if isinstance(result, Failed):
                continue
            none += [(int(a), int(b)) for a, b in result.none]
            done.unanswered += len(result.unanswered)
            for claim in result.claims:
                a, b = int(claim.source), int(claim.target)
                evidence = Evidence("lm", "supports", SAID_SCORE, SAID, self._version)
                ends = type_end(a, types[a]), type_end(b, types[b])
                relation = Relation(claim.relation)
                proposals.append(Proposal(*ends, relation, (evidence,), claim.why))
        return proposals, none

    def _keep(
        self,
        judged: Sequence[Proposal],
        none: Sequence[Pair],
        notes: Sequence[Note],
        since: int,
        done: Step,
    ) -> None:
        merged = merge(judged, self._shop.behaviour_proposer.between_types)
        gate = self._shop.gate("")
        verdicts = []
        for proposal in merged:
            accepted, refused = gate.judge([proposal])
            verdicts.append((proposal, (accepted or refused)[0]))
            done.claims += 1
            if accepted:
                done.accepted += 1
            else:
                done.refused[refused[0].verdict.reason] += 1
        done.none += len(none)
        done.kept += self._known.remember(verdicts, none, since=since)
        self._known.note(notes, since)

    def _notes(self, brought: dict[int, list[str]]) -> list[Note]:
        return [
            (self._shop.kinds.node_id(head), "brings", NOTHING + phrase, b"")
            for head, phrases in brought.items()
            for phrase in phrases or [""]
        ]
