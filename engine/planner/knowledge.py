"""The knowledge planner: needs from behaviour, curated knowledge and attributes, without an LM.

Each intent has a few ways of being planned, tried in order; the first that finds something decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from goeswith.engine.budget import Meter
from goeswith.engine.gate.gate import Gate
from goeswith.engine.graph.outline import Brief, Outline, ranked
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import COMPLEMENTS, Edge, Evidence, Need, Relation
from goeswith.engine.pack.schema import Activity, PackNeed
from goeswith.engine.planner.anchor import (
    ANCHOR_ID,
    Anchor,
    bind,
    find_anchor,
    kinds_called,
    rests_on,
)
from goeswith.engine.planner.basket import basket_briefs, by_share, with_basket
from goeswith.engine.planner.clusters import Cluster, by_function, by_name
from goeswith.engine.planner.complements import Complements
from goeswith.engine.planner.finding import OF_TYPE, finding, is_titled, model_in
from goeswith.engine.planner.listed import listed
from goeswith.engine.planner.meant import first_wanted, meant, names_a_product, of_activity
from goeswith.engine.planner.version import KNOWLEDGE
from goeswith.engine.proposer.known import KnownEdges
from goeswith.engine.proposer.merge import merge
from goeswith.engine.question import Intent, Question
from goeswith.engine.retrieval.text import terms
from goeswith.engine.tags import activity_tag

SURE_ACTIVITY = 0.8
LIKELY_ACTIVITY = 0.5
NAMED_ACTIVITY = 0.75
"""What an activity comes to whose whole name stands in a text about much else."""
MANY_WORDS = 10
"""Longer questions tell a story."""
MOST_PARENTS = 3
"""Kinds of products in the basket that a need is related to, the strongest first."""

_Way = Callable[["_Run"], Outline | None]


class KnowledgePlanner:
    """Plans from what the shop knows."""

    version = KNOWLEDGE

    def __init__(self, shop: Shop, known: KnownEdges) -> None:
        self._shop = shop
        self._complements = Complements(shop, known)

    def plan(self, question: Question, gate: Gate, meter: Meter) -> Outline:
        """Return the needs behind a question.

        The outline is empty when the question matches nothing in this shop.
        """
        held = basket_briefs(self._shop, question.basket)
        run = _Run(self._shop, self._complements, question, gate, meter, held)
        for way in _WAYS[question.intent]:
            meter.require_time()
            outline = way(run)
            if outline is not None:
                return with_basket(outline, held, question.intent, self._shop) if held else outline
        return run.nothing


class _Run:
    def __init__(
        self,
        shop: Shop,
        complements: Complements,
        question: Question,
        gate: Gate,
        meter: Meter,
        held: Sequence[Brief],
    ) -> None:
        self.held = held
        self.held_types = [type_id for brief in held for type_id in brief.type_ids]
        self.shop = shop
        self.complements = complements
        self.question = question
        self.gate = gate
        self.meter = meter
        self.nothing = Outline("knowledge")

    @property
    def subject(self) -> str:
        """What the question is about, in the shopper's words."""
        q = self.question
        return q.anchor or q.phrase or q.activity or q.wanted

    def going_with(self) -> Outline | None:
        """Plan from what goes with the anchor, or with the basket when nothing else is named."""
        return self._around(COMPLEMENTS) if self.subject else self._around_basket()

    def lacking(self) -> Outline | None:
        """Plan from the basket where what the question names brings up nothing."""
        return self._around_basket() if self.held else None

    def accessories(self) -> Outline | None:
        """Plan from the anchor's accessories and parts."""
        return self._around({Relation.ACCESSORY, Relation.REQUIRED_PART, Relation.COMPATIBLE_WITH})

    def instead(self) -> Outline | None:
        """Plan from what can take the anchor's place."""
        anchor = find_anchor(self.shop, self.subject)
        if anchor is None:
            return None
        shop = self.shop
        proposals = [
            *shop.curated_proposer.type_relations(anchor.type_ids, {Relation.SUBSTITUTE}),
            *shop.kind_proposer.substitutes(anchor.type_ids),
        ]
        same = {shop.kinds.name(type_id) for type_id in anchor.type_ids}
        outward = [p for p in proposals if shop.kinds.name(p.target.ref) not in same]
        accepted, refused = self.gate.judge(merge(outward, _no_baskets))
        others = self._briefs(self._other_things(accepted, anchor), first=2)
        briefs = [anchor.brief(ANCHOR_ID, owned=True), *others]
        if anchor.exact or not others:
            own = Brief(
                self._need("n1", shop.kinds.label(anchor.type_ids[0]) or self.subject),
                type_ids=anchor.type_ids,
                basis=(OF_TYPE,),
            )
            briefs.insert(1, own)
        kept = _within(_after_anchor(briefs), self.meter.budget.needs)
        return Outline("knowledge", ranked(kept), tuple(refused))

    def _other_things(self, accepted: Sequence[Edge], anchor: Anchor) -> list[Cluster]:
        """Return what can be taken instead: first what somebody wrote down, then names alike.

        A name that only says more than the phrase is the same thing again: who has no eggs has no
        jumbo eggs. It counts where one very product is to be replaced.
        """
        kinds, words = self.shop.kinds, set(terms(self.subject))
        clusters = by_name(accepted, anchor.weights, kinds)
        said = [c for c in clusters if any(_is_said(edge) for _, edge in c)]
        alike = [c for c in clusters if c not in said]
        names = [terms(kinds.name(kinds.type_id(c[0][1].target))) for c in alike]
        other = [c for c, name in zip(alike, names, strict=True) if not words <= set(name)]
        return [*said, *(alike if anchor.exact else other)]

    def compatible(self) -> Outline | None:
        """Plan one need that must fit the anchor."""
        q = self.question
        if not q.wanted or not q.anchor:
            return None
        anchor = find_anchor(self.shop, q.anchor)
        wanted = find_anchor(self.shop, q.wanted)
        if anchor is None or wanted is None:
            return None
        called = () if wanted.exact else kinds_called(self.shop, q.wanted)
        types = tuple(dict.fromkeys((*wanted.type_ids, *called)))
        pairs = [(a, b) for a in anchor.type_ids for b in types]
        has_rule = any(self.shop.compatibility.has_rule(a, b) for a, b in pairs)
        if not has_rule and not anchor.exact:
            return None
        brief = Brief(
            self._need("n1", q.wanted),
            type_ids=types,
            basis=(_asked_for(wanted),),
            relation=Relation.COMPATIBLE_WITH,
            query=q.wanted,
            proof=True,
        )
        briefs = [anchor.brief(ANCHOR_ID, owned=True), brief]
        return Outline("knowledge", ranked(_after_anchor(briefs)))

    def activity(self) -> Outline | None:
        """Plan an activity that was asked for as one."""
        q = self.question
        return self._activity(q.activity or self.subject, LIKELY_ACTIVITY, owned=q.anchor)

    def occasion(self) -> Outline | None:
        """Plan an activity that was only named ("taco night")."""
        return self._named(self.subject, self.question.anchor)

    def sentence(self) -> Outline | None:
        """Plan an activity that only the whole question names ("make a cake for a birthday")."""
        words = (word for word in self.question.canonical.split() if word[0] != "[")
        return self._named(" ".join(words), "")

    def mentioned(self) -> Outline | None:
        """Plan an activity whose whole name stands somewhere in many words about it."""
        words = self.question.canonical.split()
        if len(words) <= MANY_WORDS:
            return None
        text = " ".join(word for word in words if word[0] != "[")
        return self._activity(text, NAMED_ACTIVITY, owned="")

    def _named(self, text: str, owned: str) -> Outline | None:
        outline = self._activity(text, SURE_ACTIVITY, owned=owned)
        found = self.question.intent is Intent.FIND and text == self.subject
        if outline is not None and found and names_a_product(self.shop, text):
            return None
        return self._unless_sold(outline)

    def _unless_sold(self, outline: Outline | None) -> Outline | None:
        """Return the plan of an activity, but none where the words are a product's name.

        A "backpack" is one, unless the shop sells most of what backpacking calls for.
        """
        if outline is None or self.question.intent is not Intent.FIND:
            return outline
        sold = sum(bool(brief.type_ids) for brief in outline.briefs)
        named = 2 * sold < len(outline.briefs) and is_titled(self.shop, self.subject)
        return None if named else outline

    def listed(self) -> Outline | None:
        """Plan each of several things that were named."""
        need = self._need("n1", self.subject)
        return listed(self.shop, need, self.meter.budget.needs)

    def find(self) -> Outline | None:
        """Plan one need: find what was asked for.

        What has to fit a model that this shop does not know must at least name it.
        """
        need = self._need("n1", self.question.phrase or self.subject)
        model = model_in(self.question.anchor)
        if model and self.question.intent is Intent.COMPATIBLE:
            limits = need.constraints
            fits = (*limits.attributes, ("fits", model))
            need = replace(need, constraints=replace(limits, attributes=fits))
        return finding(self.shop, need)

    def _need(self, need_id: str, phrase: str) -> Need:
        return Need(need_id, phrase, constraints=self.question.constraints)

    def _around(
        self, relations: Sequence[Relation] | frozenset[Relation] | set[Relation]
    ) -> Outline | None:
        anchor = find_anchor(self.shop, self.subject)
        if anchor is None:
            return None
        accepted, refused = self.complements.edges(
            anchor.type_ids, frozenset(relations), self.gate, self.held_types
        )
        clusters = self._asked_only(by_function(accepted, anchor.weights, self.shop.kinds))
        if not clusters:
            rests = () if self.question.wanted or self.held else rests_on(self.shop, anchor)
            self.nothing = Outline("knowledge", (), tuple(refused), rests)
            return None
        briefs = [anchor.brief(ANCHOR_ID, owned=True), *self._briefs(clusters, first=1)]
        return Outline("knowledge", ranked(_after_anchor(briefs)), tuple(refused))

    def _around_basket(self) -> Outline | None:
        """Plan what the basket lacks. A need waits for the products that bring it up."""
        kinds = self.shop.kinds
        types = self.held_types
        accepted, refused = self.complements.edges(types, COMPLEMENTS, self.gate, types)
        lacking = [
            edge
            for edge in accepted
            if not any(kinds.same_function(kinds.type_id(edge.target), held) for held in types)
        ]
        clusters = by_function(lacking, dict.fromkeys(map(kinds.node_id, types), 1.0), kinds)
        if not clusters:
            return None
        ids = {kinds.node_id(b.type_ids[0]): b.need.id for b in self.held}
        briefs = [
            _depending(brief, (ids[edge.source] for edge in brief.edges))
            for brief in self._briefs(clusters, first=1)
        ]
        return Outline("knowledge", tuple(briefs), tuple(refused))

    def _asked_only(self, clusters: list[Cluster]) -> list[Cluster]:
        wanted = self.question.wanted
        if not wanted:
            return clusters
        hits = self.shop.retriever.types(wanted, 40)
        asked = set(hits.type_ids.tolist()) if hits.matched else set()
        kinds = self.shop.kinds
        kept = ([m for m in c if kinds.type_id(m[1].target) in asked] for c in clusters)
        return [cluster for cluster in kept if cluster]

    def _briefs(self, clusters: list[Cluster], first: int) -> list[Brief]:
        kinds = self.shop.kinds
        briefs = []
        for number, cluster in enumerate(clusters[: self.meter.budget.needs], start=first):
            best, lead = cluster[0]
            shares: dict[int, float] = {}
            for score, edge in cluster:
                shares.setdefault(
                    kinds.type_id(edge.target), round(score / best, 4) if best else 1.0
                )
            briefs.append(
                Brief(
                    self._need(f"n{number}", kinds.label(next(iter(shares)))),
                    type_ids=tuple(shares),
                    shares=tuple(shares.values()),
                    edges=tuple(edge for _, edge in cluster),
                    basis=(OF_TYPE,),
                    relation=lead.relation,
                    reason=lead.why,
                )
            )
        return briefs

    def _activity(self, text: str, least: float, *, owned: str) -> Outline | None:
        found = self.shop.pack.find_activity(text, 1) if text else []
        if not found or found[0][1] < least:
            return None
        activity, score = found[0]
        self.nothing = Outline("knowledge")
        anchor = find_anchor(self.shop, owned) if owned else None
        briefs = [self._pack_brief(activity, need) for need in activity.needs]
        sold = [brief for brief in briefs if brief.type_ids]
        if 2 * len(sold) < len(briefs) and score < SURE_ACTIVITY:
            return None
        # What the shop does not sell is told last, and only where there is room for it.
        briefs = sold + [brief for brief in briefs if not brief.type_ids]
        if self.held:
            shares = self.complements.shares(self.held_types, self.gate)
            briefs = by_share(briefs, shares, self.shop.kinds)
        if self.question.wanted:
            briefs = first_wanted(self.shop, self._need("wanted", self.question.wanted), briefs)
        if anchor is not None:
            briefs = bind(briefs, anchor, self.shop.kinds)
        kept = _within(briefs, self.meter.budget.needs)
        return Outline("knowledge", ranked(kept), rests=(activity_tag(activity.id),))

    def _pack_brief(self, activity: Activity, need: PackNeed) -> Brief:
        phrase, meanings = meant(self.shop, need)
        best = meanings[0].score if meanings else 0.0
        evidence = self.shop.curated_proposer.evidence(best, f"{activity.id}/{need.id}")
        wanted = Need(
            need.id,
            phrase,
            depends_on=need.after,
            constraints=of_activity(self.question.constraints, activity, phrase),
            anchor=need.anchor,
        )
        if not meanings:
            return Brief(wanted)
        return Brief(
            wanted,
            type_ids=tuple(meaning.type_id for meaning in meanings),
            shares=tuple(min(1.0, meaning.score / best) for meaning in meanings),
            basis=(evidence,),
            relation=need.relation if need.after else None,
            query=phrase,
            reason=need.reason,
        )


def _depending(brief: Brief, needs: Iterable[str]) -> Brief:
    depends_on = tuple(dict.fromkeys(needs))[:MOST_PARENTS]
    return replace(brief, need=replace(brief.need, depends_on=depends_on))


def _after_anchor(briefs: list[Brief]) -> list[Brief]:
    anchor, *rest = briefs
    return [
        anchor,
        *(replace(b, need=replace(b.need, depends_on=(ANCHOR_ID,))) for b in rest),
    ]


def _within(briefs: list[Brief], most: int) -> list[Brief]:
    owned = [brief for brief in briefs if brief.owned]
    return owned + [brief for brief in briefs if not brief.owned][:most]


def _asked_for(anchor: Anchor) -> Evidence:
    score = 0.9 if anchor.exact else 0.8
    return Evidence("attribute", "supports", score, f"product_type/{anchor.phrase}", KNOWLEDGE)


def _is_said(edge: Edge) -> bool:
    return any(item.kind in ("curated", "lm") for item in edge.evidence)


def _no_baskets(_source: int, _target: int) -> None:
    """Baskets say nothing for a substitute: what is bought together is not bought instead."""


_WAYS: dict[Intent, tuple[_Way, ...]] = {
    Intent.COMPLEMENT: (_Run.going_with, _Run.activity, _Run.lacking),
    Intent.ACCESSORY: (_Run.accessories, _Run.going_with),
    Intent.SUBSTITUTE: (_Run.instead,),
    Intent.COMPATIBLE: (_Run.compatible, _Run.sentence, _Run.activity, _Run.find),
    Intent.ACTIVITY: (_Run.activity, _Run.sentence, _Run.going_with, _Run.find),
    Intent.FIND: (_Run.listed, _Run.occasion, _Run.sentence, _Run.mentioned, _Run.find),
}
