"""Needs that chosen products bring with them: asked once, taken once, and only forwards.

The model is shown titles here, and a title may ask for anything. So a new need stays only where
the edge store, behaviour, attributes or a model that saw no title relate its types to a need it
waits for. What a product type brings with it is kept in the edge store, so the next question that
chooses products of known types does not ask again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from goeswith.engine.builder.phrasing import Chosen
from goeswith.engine.graph.outline import Brief, Outline
from goeswith.engine.index.shop import Shop
from goeswith.engine.lm.asking import Ask
from goeswith.engine.planner.grounded import grounded
from goeswith.engine.proposer.known import KnownEdges, Note
from goeswith.engine.question import Question
from goeswith.prompts import EXTEND, ExtendAsk, Failed
from goeswith.prompts.extend import MAX_NEW
from goeswith.prompts.needs import NeedFound

NOTHING = "need:"
"""The other end of the note that says a type brings nothing."""

TITLES = 2


class Extension:
    """Extends the plan of one build."""

    def __init__(self, shop: Shop, known: KnownEdges, question: Question, words: str) -> None:
        self._shop = shop
        self._known = known
        self._question = question
        self._words = words
        self._done = False
        self._noted: list[NeedFound] = []
        self._types: dict[str, str] = {}
        self._brought: list[tuple[str, str]] = []
        self._unfounded: set[str] = set()
        self._new: set[str] = set()

    @property
    def notes(self) -> list[Note]:
        """What each chosen type brings with it, to be kept."""
        kept = [(node, p) for node, p in self._brought if p and p not in self._unfounded]
        bare = {node for node, _ in self._brought} - dict(kept).keys()
        rows = [*kept, *((node, "") for node in sorted(bare))]
        return [(node, "brings", NOTHING + phrase, b"") for node, phrase in rows]

    def founded(self, outline: Outline, rank: int) -> Outline:
        """Return the outline without new needs of this rank that nothing relates to the others."""
        gone = {
            brief.need.id
            for brief in outline.briefs
            if brief.need.rank == rank and brief.need.id in self._new and not brief.relations
        }
        if not gone:
            return outline
        self._unfounded |= {b.need.phrase for b in outline.briefs if b.need.id in gone}
        return _without(outline, gone)

    def asks(self, outline: Outline, chosen: Chosen, most: int) -> list[Ask[Any, Any]]:
        """Return the call that asks for new needs: once, and not where all types are known."""
        settled = [b for b in outline.briefs if chosen.get(b.need.id)]
        sought = sum(not brief.owned for brief in outline.briefs)
        if self._done or not settled or sought >= most or not self._may_bring(outline, settled):
            return []
        self._done = True
        self._types = {b.need.id: self._type_of(chosen[b.need.id][0][0]) for b in settled}
        if self._all_noted(settled):
            return []
        told = _each_once(settled)
        found = tuple(
            f"{b.need.phrase}: {title}"
            for b in told
            for title in list(dict.fromkeys(t for _, t in chosen[b.need.id]))[:TITLES]
        )
        needs = tuple((b.need.id, b.need.phrase) for b in _each_once(outline.briefs))
        return [Ask(EXTEND, ExtendAsk(self._words, needs, found, most=min(MAX_NEW, most - sought)))]

    def _may_bring(self, outline: Outline, settled: Sequence[Brief]) -> bool:
        """Tell whether choosing products may ask for more.

        It does where needs of the plan wait for each other, or where others are fitted to a choice.
        Whoever asks what goes with rice cakes needs nothing more for having chosen a spread.
        """
        if outline.source == "single":
            return False
        sought = {brief.need.id for brief in outline.briefs if not brief.owned}
        if any(not sought.isdisjoint(brief.need.depends_on) for brief in outline.briefs):
            return True
        rules = self._shop.compatibility
        return any(rules.right_of(t) for brief in settled for t in brief.type_ids[:1])

    def applied(
        self,
        outline: Outline,
        rank: int,
        asks: Sequence[Ask[Any, Any]],
        results: Sequence[Any],
        room: int,
    ) -> Outline:
        """Return the outline with the new needs, all in ranks that were not begun yet."""
        new, self._noted = self._noted, []
        for _, result in zip(asks, results, strict=False):
            if not isinstance(result, Failed):
                new = [*new, *result.needs]
                self._note(result.needs)
        first = rank + 1 if rank < len(outline.ranks()) else rank
        briefs = [grounded(self._shop, need, self._question) for need in new]
        known = {brief.need.id for brief in outline.briefs}
        joined = _joined(outline, briefs, first, room)
        self._new |= {brief.need.id for brief in joined.briefs} - known
        return joined

    def _type_of(self, sku: str) -> str:
        row = self._shop.catalog.row(sku)
        type_id = -1 if row is None else int(self._shop.catalog.type_of[row])
        return self._shop.kinds.node_id(type_id) if type_id >= 0 else ""

    def _all_noted(self, settled: Sequence[Brief]) -> bool:
        found = []
        for number, brief in enumerate(settled):
            notes = self._known.notes(self._types[brief.need.id], "brings")
            if not notes:
                return False
            found += [
                NeedFound(f"x{number}.{place}", tail.removeprefix(NOTHING), (brief.need.id,))
                for place, tail in enumerate(notes)
                if tail != NOTHING
            ]
        self._noted = found
        return True

    def _note(self, needs: Sequence[NeedFound]) -> None:
        for need_id, node in self._types.items():
            brought = [need.phrase for need in needs if need_id in need.depends_on]
            self._brought += [(node, phrase) for phrase in brought or [""] if node]


def _each_once(briefs: Sequence[Brief]) -> list[Brief]:
    """Return briefs without those that name what an earlier one names."""
    first: dict[object, Brief] = {}
    for brief in briefs:
        first.setdefault(brief.type_ids[:1] if brief.owned else brief.need.id, brief)
    return list(first.values())


def _joined(outline: Outline, new: Sequence[Brief], first: int, room: int) -> Outline:
    """Add needs after the ranks that were begun. One that is there already is not added."""
    briefs = list(outline.briefs)
    taken = {brief.type_ids[0] for brief in briefs if brief.type_ids}
    number = max((int(b.need.id[1:]) for b in briefs if b.need.id[1:].isdigit()), default=0)
    names: dict[str, str] = {}
    for brief in new:
        if not brief.type_ids or brief.type_ids[0] in taken or len(names) >= room:
            continue
        ranks = {b.need.id: b.need.rank for b in briefs}
        parents = [names.get(p, p) for p in brief.need.depends_on]
        parents = [p for p in parents if p in ranks]
        rank = max([first, *(ranks[p] + 1 for p in parents)])
        number += 1
        names[brief.need.id] = f"n{number}"
        taken.add(brief.type_ids[0])
        need = msgspec.structs.replace(
            brief.need, id=f"n{number}", rank=rank, depends_on=tuple(parents), anchor=False
        )
        briefs.append(msgspec.structs.replace(brief, need=need))
    briefs.sort(key=lambda b: b.need.rank)
    return msgspec.structs.replace(outline, briefs=tuple(briefs))


def _without(outline: Outline, gone: set[str]) -> Outline:
    """Drop needs; what waited for one of them waits no more. No rank is left empty."""
    kept = [brief for brief in outline.briefs if brief.need.id not in gone]
    places = {rank: place for place, rank in enumerate(sorted({b.need.rank for b in kept}))}
    moved = []
    for brief in kept:
        parents = tuple(p for p in brief.need.depends_on if p not in gone)
        need = msgspec.structs.replace(brief.need, rank=places[brief.need.rank], depends_on=parents)
        moved.append(msgspec.structs.replace(brief, need=need))
    return msgspec.structs.replace(outline, briefs=tuple(moved))
