"""Needs that chosen products bring with them: asked once, taken once, and only forwards.

What a product type brings with it is kept in the edge store, so the next question that chooses
products of known types does not ask again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from goeswith.engine.asking import Ask
from goeswith.engine.builder.phrasing import Chosen, Note
from goeswith.engine.planner.grounded import grounded
from goeswith.engine.planner.outline import Brief, Outline
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.question import Question
from goeswith.engine.shop import Shop
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
        self.notes: list[Note] = []

    def asks(self, outline: Outline, chosen: Chosen, most: int) -> list[Ask[Any, Any]]:
        """Return the call that asks for new needs: once, and not where all types are known."""
        settled = [b for b in outline.briefs if chosen.get(b.need.id)]
        sought = sum(not brief.owned for brief in outline.briefs)
        if self._done or not settled or sought >= most or outline.source == "single":
            return []
        self._done = True
        self._types = {b.need.id: self._type_of(chosen[b.need.id][0][0]) for b in settled}
        if self._all_noted(settled):
            return []
        found = tuple(
            f"{b.need.phrase}: {'; '.join(title for _, title in chosen[b.need.id][:TITLES])}"
            for b in settled
        )
        needs = tuple((b.need.id, b.need.phrase) for b in outline.briefs)
        return [Ask(EXTEND, ExtendAsk(self._words, needs, found, most=min(MAX_NEW, most - sought)))]

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
        return _joined(outline, [grounded(self._shop, n, self._question) for n in new], first, room)

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
            tails = [NOTHING + phrase for phrase in brought] or [NOTHING]
            self.notes += [(node, "brings", tail, b"") for tail in tails if node]


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
