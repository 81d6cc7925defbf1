"""What the shopper has already: needs that are covered, and products that others must fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from goeswith.engine.graph.outline import Brief, Outline, ranked
from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.compatibility import Compatibility
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Need
from goeswith.engine.question import Intent

PREFIX = "basket"
"""How the ids of needs begin that are there because the shopper has something."""

COVERS = 0.5
"""A product covers a need when its type does so at least this well beside the need's best type."""

_COVERING = frozenset({Intent.COMPLEMENT, Intent.ACCESSORY, Intent.ACTIVITY})
"""Intents that ask for several things; who asks for one thing wants it although they have one."""


def is_in_basket(need_id: str) -> bool:
    """Tell whether a need stands for what the shopper has, besides what the question names."""
    return need_id.startswith(PREFIX)


def basket_briefs(shop: Shop, skus: Iterable[str]) -> list[Brief]:
    """Return a brief for each kind of product in the basket, in the order of the kinds' ids."""
    by_type: defaultdict[int, list[int]] = defaultdict(list)
    for sku in skus:
        row = shop.catalog.row(sku)
        if row is not None:
            by_type[int(shop.catalog.type_of[row])].append(row)
    return [
        Brief(
            Need(f"{PREFIX}{number}", shop.kinds.label(type_id) or "product", anchor=True),
            type_ids=(type_id,),
            rows=tuple(sorted(rows)),
            owned=True,
        )
        for number, (type_id, rows) in enumerate(sorted(by_type.items()), start=1)
    ]


def with_basket(outline: Outline, held: Sequence[Brief], intent: Intent, shop: Shop) -> Outline:
    """Return the outline with the basket in it.

    What the basket covers becomes owned. Every other need waits for the products of the basket
    that a compatibility rule relates it to, so that what is offered fits them.
    """
    briefs = list(outline.briefs)
    for item in held:
        at = _covered(briefs, item, covering=intent in _COVERING)
        if at is None:
            briefs.append(item)
        elif briefs[at].owned:
            briefs[at] = replace(
                item, need=replace(briefs[at].need, anchor=True), type_ids=briefs[at].type_ids
            )
        else:
            covered = briefs[at]
            need = replace(item.need, phrase=covered.need.phrase)
            briefs[at] = replace(item, need=need, type_ids=covered.type_ids)
            briefs = [_waiting_for(brief, covered.need.id, need.id) for brief in briefs]
    owned = [brief for brief in briefs if brief.owned]
    bound = [brief if brief.owned else _after(brief, owned, shop) for brief in briefs]
    placed = ranked(sorted(bound, key=lambda brief: not brief.owned))
    return replace(outline, briefs=placed)


def by_share(briefs: Iterable[Brief], shares: Mapping[str, float], kinds: Kinds) -> list[Brief]:
    """Return the needs of an activity, those first that complete the basket, by their shares.

    Args:
        briefs: in the order in which the activity names them, which decides ties.
        shares: of the kinds that complete the basket, by node id; see `Complements.shares`.
        kinds: names the types.
    """

    def lacking(brief: Brief) -> float:
        return max((shares.get(kinds.node_id(t), 0.0) for t in brief.type_ids), default=0.0)

    return sorted(briefs, key=lacking, reverse=True)


def _waiting_for(brief: Brief, old: str, new: str) -> Brief:
    """Return the brief waiting for what the shopper has in place of the need that it covers."""
    if old not in brief.need.depends_on:
        return brief
    depends_on = tuple(new if need == old else need for need in brief.need.depends_on)
    relations = tuple((new if need == old else need, how) for need, how in brief.relations)
    return replace(brief, need=replace(brief.need, depends_on=depends_on), relations=relations)


def _covered(briefs: Sequence[Brief], item: Brief, *, covering: bool) -> int | None:
    type_id = item.type_ids[0]
    for at, brief in enumerate(briefs):
        if is_in_basket(brief.need.id) or type_id not in brief.type_ids:
            continue
        if brief.owned:
            # A product that was named exactly is another one than that in the basket, or the same.
            if brief.named and not set(brief.rows) & set(item.rows):
                continue
            return at
        share = brief.shares[brief.type_ids.index(type_id)] if brief.shares else 1.0
        if covering and share >= COVERS:
            return at
    return None


def _after(brief: Brief, owned: Sequence[Brief], shop: Shop) -> Brief:
    """Return the brief waiting for those products of the basket that decide what fits."""
    known = brief.need.depends_on
    more = tuple(
        item.need.id
        for item in owned
        if is_in_basket(item.need.id)
        and item.need.id not in known
        and _decides(item, brief, shop.compatibility)
    )
    return replace(brief, need=replace(brief.need, depends_on=(*known, *more))) if more else brief


def _decides(item: Brief, brief: Brief, compatibility: Compatibility) -> bool:
    """Tell whether a rule may relate the two; a need that is searched everywhere has no types."""
    if not brief.type_ids:
        return any(map(compatibility.has_rules_of, item.type_ids))
    return any(compatibility.has_rule(a, b) for a in item.type_ids for b in brief.type_ids)
