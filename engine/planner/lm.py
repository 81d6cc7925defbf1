"""The LM planner: needs and their order from a model, grounded in what this shop sells.

As LogicRAG describes it (arXiv 2508.06105): the question is split into needs with dependencies,
circles are cut, needs are ranked (Kahn 1962), and those of a rank that ask the same become one.
The knowledge planner runs first: it gives the model its hints and is the answer when the model
fails. A model names no product and no relation here; what a need means is looked up in the shop.
"""

from __future__ import annotations

import msgspec

from goeswith.engine.budget import UNUSABLE_PLAN, Meter
from goeswith.engine.graph.outline import Brief, Outline, merged, ranked
from goeswith.engine.index.shop import Shop
from goeswith.engine.lm.asking import Ask, Asker
from goeswith.engine.model import Need
from goeswith.engine.planner.anchor import Anchor, find_anchor
from goeswith.engine.planner.basket import basket_briefs, with_basket
from goeswith.engine.planner.grounded import grounded, narrowed
from goeswith.engine.planner.wording import wording
from goeswith.engine.question import Intent, Question
from goeswith.engine.retrieval.text import terms
from goeswith.prompts import PLAN, Failed, PlanAsk
from goeswith.prompts.needs import MAX_NEEDS, NeedFound
from goeswith.prompts.plan import Planned

ANCHOR_ID = "n0"
NEAR = 30
NEIGHBOURS = 15
NEAR_COSINE = 0.5
"""A type that shares no word with the question is a hint from this similarity on."""

_SETTLED = frozenset({Intent.SUBSTITUTE, Intent.COMPATIBLE})
"""Attributes and names decide these; a model is asked only where they find nothing."""

_ABOUT_ANCHOR = frozenset({Intent.COMPLEMENT, Intent.ACCESSORY, Intent.COMPATIBLE})
"""Every need of such a question stands to what the shopper has."""


class LmPlanner:
    """Plans with a model's help."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def plan(self, question: Question, known: Outline, meter: Meter, asker: Asker) -> Outline:
        """Return the model's plan, or `known` where it has none that can be used.

        Args:
            question: what is asked.
            known: the knowledge planner's outline.
            meter: times the work.
            asker: asks; its `troubles` say why a plan is missing.
        """
        most = min(meter.budget.needs, MAX_NEEDS)
        if not self._is_open(question, known, most):
            return known
        words = self._words(question, known)
        about = PlanAsk(words, self.hints(question, known), self.together(known), most)
        [planned] = asker([Ask(PLAN, about)])
        if isinstance(planned, Failed):
            if not asker.troubles:
                asker.troubles.append(UNUSABLE_PLAN)
            return known
        with meter.stage("plan"):
            return self._outline(question, planned, known, most) or known

    def hints(self, question: Question, known: Outline) -> tuple[str, ...]:
        """Return names of product types of this shop that may matter to the question.

        What neither shares a word with it nor is near in meaning is left out: the best of a poor
        lot is noise.
        """
        shop = self._shop
        names = [brief.need.phrase for brief in known.briefs if not brief.owned]
        phrase = question.activity or question.phrase or question.anchor
        hits = shop.retriever.types(phrase, NEAR)
        near = hits.only(((hits.coverage > 0) | (hits.cosine >= NEAR_COSINE)).tolist())
        names += [shop.kinds.label(type_id) for type_id in near.type_ids.tolist()]
        return tuple(dict.fromkeys(name for name in names if name))

    def together(self, known: Outline) -> tuple[str, ...]:
        """Return names of types that baskets join with what the shopper has, the closest first."""
        kinds, names = self._shop.kinds, []
        for brief in known.briefs:
            for own in brief.type_ids if brief.owned else ():
                near = self._shop.behaviour.type_neighbours(own)
                sure = near.ids[near.significant & (near.lift_low > 1)][:NEIGHBOURS].tolist()
                names += [kinds.label(type_id) for type_id in sure]
                if sure:
                    break
        return tuple(dict.fromkeys(name for name in names if name))

    def _words(self, question: Question, known: Outline) -> str:
        """Return the question in words, with a thing named as the shop spells it.

        What the engine reads is brought to one form ("rice cake"), which is no name of anything.
        """
        named = terms(question.anchor)
        for brief in known.briefs if named else ():
            for type_id in brief.type_ids if brief.owned else ():
                if terms(name := self._shop.kinds.name(type_id)) == named:
                    return wording(msgspec.structs.replace(question, anchor=name))
        return wording(question)

    def _is_open(self, question: Question, known: Outline, most: int) -> bool:
        """Tell whether a model could add to what the shop's own knowledge gives.

        What goes with a thing is settled where baskets and curated knowledge fill a whole plan: a
        model's needs would take the place of needs that shoppers have shown.
        """
        if question.intent in _SETTLED:
            return not known.briefs
        if question.intent in _ABOUT_ANCHOR:
            return sum(not brief.owned for brief in known.briefs) < most
        if question.intent is not Intent.FIND:
            return True
        named = self._shop.retriever.anchors(question.phrase, NEAR)
        names = [terms(self._shop.kinds.name(t)) for t in named.types.type_ids.tolist()]
        return not named.exact and terms(question.phrase) not in names

    def _outline(
        self, question: Question, planned: Planned, known: Outline, most: int
    ) -> Outline | None:
        if planned.one_need:
            return self._single(question, planned.needs[0], known)
        shop = self._shop
        owned = find_anchor(shop, question.anchor) if question.anchor else None
        briefs = [grounded(shop, need, question) for need in planned.needs[:most]]
        if not any(brief.type_ids for brief in briefs):
            return None
        if owned is not None:
            briefs = _around(owned, briefs, everything=question.intent in _ABOUT_ANCHOR)
        outline = Outline("lm", merged(ranked(briefs)), known.refused)
        held = basket_briefs(shop, question.basket)
        return with_basket(outline, held, question.intent, shop) if held else outline

    def _single(self, question: Question, need: NeedFound, known: Outline) -> Outline | None:
        """Return a plan of one need. What the shop knows better is left to it."""
        if len(known.briefs) > 1:
            return None
        brief = grounded(self._shop, need, question)
        if not brief.type_ids:
            wanted = narrowed(need, question)
            if not len(self._shop.retriever.products(need.phrase, 1, constraints=wanted)):
                return None
            brief = Brief(Need(need.id, need.phrase, constraints=wanted), query=need.phrase)
        return Outline("single", ranked([brief]))


def _around(anchor: Anchor, briefs: list[Brief], *, everything: bool) -> list[Brief]:
    """Put what the shopper has first, in the place of a need that asks for it again.

    With `everything`, needs that wait for nothing wait for the anchor.
    """
    types = set(anchor.type_ids)
    same = {b.need.id for b in briefs if b.type_ids[:1] and b.type_ids[0] in types}
    if not any(b.need.anchor for b in briefs if b.need.id in same) and not anchor.exact:
        same = {next(b.need.id for b in briefs if b.need.id in same)} if same else set()
    others = []
    for brief in briefs:
        if brief.need.id in same:
            continue
        parents = [ANCHOR_ID if p in same else p for p in brief.need.depends_on]
        if everything and not parents:
            parents = [ANCHOR_ID]
        need = msgspec.structs.replace(
            brief.need, depends_on=tuple(dict.fromkeys(parents)), anchor=False
        )
        others.append(msgspec.structs.replace(brief, need=need))
    return [anchor.brief(ANCHOR_ID, owned=True), *others]
