"""The anchor of a question in this shop: the types, or the very products, that were meant."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from goeswith.engine.graph.outline import Brief
from goeswith.engine.index.shop import Shop
from goeswith.engine.meaning.kinds import Kinds, head_nouns
from goeswith.engine.model import Need
from goeswith.engine.retrieval import TypeHits
from goeswith.engine.retrieval.text import terms
from goeswith.engine.tags import from_tag, sku_tag

ANCHOR_ID = "n0"
CANDIDATES = 24
CALLED_POOL = 40
MOST_CALLED = 12
ANCHOR_PRODUCTS = 3
TYPICAL_POOL = 10
HARDLY = 0.02
SHARPNESS = 4
"""How much more the best meaning of a phrase counts than those near it."""


class Anchor(msgspec.Struct, frozen=True):
    """What a phrase means here.

    `type_ids` are in order of `weights` (0..1). `rows` are products named exactly; without one,
    they are the most popular products of the best types and stand for their kind.
    """

    phrase: str
    type_ids: tuple[int, ...]
    weights: dict[str, float]
    rows: tuple[int, ...]
    exact: bool

    def brief(self, need_id: str, *, owned: bool) -> Brief:
        """Return the brief of the anchor's own need."""
        need = Need(need_id, self.phrase, anchor=True)
        return Brief(need, type_ids=self.type_ids, rows=self.rows, named=self.exact, owned=owned)


def find_anchor(shop: Shop, phrase: str) -> Anchor | None:
    """Return what the phrase means in this shop, None when nothing is near enough."""
    hits = shop.retriever.anchors(phrase, CANDIDATES)
    exact = hits.exact and not _names_a_kind(phrase, hits.types)
    if exact:
        rows = tuple(hits.products.rows.tolist()[:ANCHOR_PRODUCTS])
        scores = dict.fromkeys(shop.type_ids_of(rows), 1.0)
    else:
        scores = shop.meanings.of(phrase) if hits.exact else shop.meanings.rank(phrase, hits.types)
        rows = _typical(shop, tuple(scores))
    scores = _common(shop, scores)
    if not scores:
        return None
    type_ids = tuple(scores)
    best = max(scores.values())
    names = {
        shop.kinds.node_id(type_id): round((score / best) ** SHARPNESS, 4)
        for type_id, score in scores.items()
    }
    return Anchor(phrase, type_ids, names, rows, exact)


def rests_on(shop: Shop, anchor: Anchor) -> tuple[str, ...]:
    """Return tags of what a phrase's meaning, and what goes with it, rest on.

    These are its types, their relations, and the products that were named exactly: without them
    the same words may mean another type.
    """
    named = map(shop.catalog.sku, anchor.rows if anchor.exact else ())
    return (*anchor.weights, *map(from_tag, anchor.weights), *map(sku_tag, named))


def bind(briefs: list[Brief], anchor: Anchor, kinds: Kinds) -> list[Brief]:
    """Give the anchor's products to the need they cover, or add them as a need of their own.

    A compact camera covers the need for an "interchangeable lens camera" too: it is the camera that
    the rest must fit, even where nothing does.
    """
    types = set(anchor.type_ids)
    heads = {head for type_id in anchor.type_ids for head in kinds.heads(type_id)}
    ordered = sorted(briefs, key=lambda brief: not brief.need.anchor)
    covered = next((b for b in ordered if types & set(b.type_ids)), None) or next(
        (b for b in ordered if b.need.anchor and heads & head_nouns(b.need.phrase)), None
    )
    if covered is None:
        return [anchor.brief(ANCHOR_ID, owned=True), *briefs]
    need = Need(covered.need.id, anchor.phrase, anchor=True)
    bound = Brief(need, type_ids=anchor.type_ids, rows=anchor.rows, owned=True)
    return [bound if brief is covered else brief for brief in briefs]


def kinds_called(shop: Shop, phrase: str) -> tuple[int, ...]:
    """Return the types that are what the phrase is about, the nearest first; empty when none is.

    To "lens" these are all sorts of lenses, and no lens filters.
    """
    heads = _heads_of(shop, phrase)
    hits = shop.retriever.types(phrase, CALLED_POOL)
    called = [
        type_id
        for type_id in hits.type_ids.tolist()
        if any(heads & nouns for nouns, _ in shop.kinds.segments(type_id))
    ]
    return tuple(called[:MOST_CALLED])


def kinds_named(shop: Shop, phrase: str, called: Sequence[int]) -> tuple[int, ...]:
    """Return those of the types called so that the phrase names whole; see `kinds_called`.

    "Milk" names fluid milk and canned milk alike, and says nothing of their products: there the
    words of a title tell less than what people buy. "Birthday candles" among "party supplies" are
    no "birthday party", although both words are in their path.
    """
    heads = _heads_of(shop, phrase)
    wanted = _names_of(shop, phrase)
    return tuple(
        t
        for t in called
        if any(w <= set(terms(shop.kinds.label(t))) and _as_one(shop, t, w, heads) for w in wanted)
    )


def _as_one(shop: Shop, type_id: int, wanted: set[str], heads: set[str]) -> bool:
    """Tell whether the noun of a phrase and what narrows it are said of the same thing."""
    *parents, (nouns, _) = shop.kinds.segments(type_id)
    if len(wanted) == 1 or nouns & heads:
        return True
    return any(nouns & heads and len(words & wanted) > 1 for nouns, words in parents)


def _heads_of(shop: Shop, phrase: str) -> set[str]:
    names = (phrase, *shop.retriever.variants(phrase))
    return {head for name in names for head in head_nouns(name)}


def kinds_narrowed(shop: Shop, phrase: str, called: Sequence[int]) -> tuple[int, ...]:
    """Return those of the types called so that the phrase names and tells more of.

    A "wide angle lens" is a lens. A "memory card" is no greeting card, although both are cards.
    """
    wanted = _names_of(shop, phrase)
    return tuple(t for t in called if any(set(terms(shop.kinds.label(t))) <= w for w in wanted))


def _names_of(shop: Shop, phrase: str) -> list[set[str]]:
    return [set(terms(name)) for name in (phrase, *shop.retriever.variants(phrase))]


def _names_a_kind(phrase: str, types: TypeHits) -> bool:
    """Tell whether a phrase that is also some product's title is rather the name of its kind.

    Plain titles such as "Deodorants" are common. A phrase with a figure in it names a product.
    """
    covered = bool(len(types)) and float(types.coverage.max()) >= 1.0
    return covered and not any(c.isdigit() for c in phrase)


def _common(shop: Shop, scores: dict[int, float]) -> dict[int, float]:
    """Return the types without those that hardly anybody buys beside the most bought.

    Who says "milk" does not mean canned milk, although its name is nearer.
    """
    bought = {type_id: int(shop.behaviour.type_popularity[type_id]) for type_id in scores}
    least = HARDLY * max(bought.values(), default=0)
    return {type_id: score for type_id, score in scores.items() if bought[type_id] >= least}


def _typical(shop: Shop, type_ids: tuple[int, ...]) -> tuple[int, ...]:
    popularity = shop.behaviour.popularity
    rows = [
        row
        for type_id in type_ids
        for row in shop.retriever.rows_of_type(type_id, TYPICAL_POOL).tolist()
    ]
    rows.sort(key=lambda row: (-int(popularity[row]), row))
    by_title: dict[str, int] = {}
    for row in rows:
        by_title.setdefault(shop.catalog.title(row), row)
    return tuple(by_title.values())[:ANCHOR_PRODUCTS]
