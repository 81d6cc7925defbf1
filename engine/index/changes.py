"""What a new index means for what is stored.

Dropped, because it would be wrong to serve them:

    product removed            answers and edges that name it
    product changed            the same
    type gone                  answers and edges that name it
    mined relation lost        answers that show it
    a price                    answers to questions with a price bound
    anything at all            answers that found nothing, unless it is known what that rests on

Refreshed, because what they say holds:

    product new                answers that name its type, so that it can appear among them; where
                               others are bought more, only those that look further than these
    product of another type,
      or fitting otherwise     the same, as if it were new
    product of a title that
      others had too           the same: of each title one is shown
    type new, word new         answers to questions that hold a word by which something is found now
    product changed or gone    answers that relate others to it without naming it
    mined relation gained      between products: answers that relate others to one of them
    leading relations changed  answers whose relations start from that type
    counts of a relation moved answers that show it
    a curated phrase means
      other types              answers related from these types by it, or planned from an activity
                               that needs it

Apart from these, price and stock mean nothing: neither is stored. What depends on the embedder, the
curated knowledge, the gate or the LM has other keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from goeswith.engine.behaviour import Behaviour
from goeswith.engine.behaviour.diff import renumbered
from goeswith.engine.catalog import Snapshot
from goeswith.engine.catalog.diff import CatalogDiff, diff
from goeswith.engine.errors import HomeError
from goeswith.engine.index.curated import curated_otherwise
from goeswith.engine.index.home import Home, reading
from goeswith.engine.index.mined import mined_otherwise
from goeswith.engine.index.newcomers import Newcomers
from goeswith.engine.index.shop import open_behaviour
from goeswith.engine.meaning.compatibility import NAMES_MODELS
from goeswith.engine.meaning.grounding import Grounding
from goeswith.engine.model import Product, type_name
from goeswith.engine.pack import Pack
from goeswith.engine.retrieval.store import key_hashes
from goeswith.engine.retrieval.text import is_model_number, terms
from goeswith.engine.tags import (
    NEGATIVE,
    PRICED,
    from_tag,
    open_tag,
    sku_tag,
    type_tag,
    word_tag,
)

KNOWN_WORDS = "retrieval/texts.hashes.npy"
"""Hashes of every word of the titles, kept by the lexical index."""


Fits = Callable[[int], Iterable[str]]


class Change(msgspec.Struct, frozen=True):
    """What changed, in numbers, and the tags of what it touches.

    Attributes:
        added: new products.
        changed: products that changed in something relations depend on.
        removed: products that are gone.
        relations: mined relations lost, gained or told otherwise, and types whose leading
            relations are others or in another order.
        answers: tags of the answers to drop.
        refresh: tags of the answers to build again when they are next asked for.
        edges: ends of the edges to drop.
        everything: the old index cannot be compared, so nothing stored can be trusted.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    relations: int = 0
    answers: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    everything: bool = False


class Known(NamedTuple):
    """What one generation knows: its catalog, its baskets, and what curated phrases mean."""

    catalog: Snapshot
    behaviour: Behaviour
    grounding: Grounding


def change_to(home: Home, new: Known, pack: Pack, fits: Fits) -> Change:
    """Compare the current generation of a home with what is about to become current.

    `fits` is given a type id of the new catalog, and says which attributes of that type decide
    what fits what.
    """
    try:
        generation = home.current()
        with reading(generation.folder):
            catalog = Snapshot.open(generation.folder / "catalog")
            baskets = open_behaviour(generation.folder / "behaviour", catalog)
            old = Known(catalog, baskets, Grounding.open(generation.folder, pack))
            words = np.load(generation.folder / KNOWN_WORDS, allow_pickle=False)
            return _compare(old, new, words, pack, fits)
    except HomeError:
        return Change(everything=True)


def _compare(old: Known, new: Known, known: np.ndarray, pack: Pack, fits: Fits) -> Change:
    """Compare what two generations know; `known` are hashes of the words of the old titles."""
    (before, bought, meant), (after, buys, means) = old, new
    found = diff(before, after)
    gone_types = set(before.types) - set(after.types)
    new_types = set(after.types) - set(before.types)
    named = {sku_tag(sku) for sku in (*found.changed, *found.removed)}
    named |= {type_tag(path) for path in gone_types if path}
    newcomers = Newcomers(after, buys.popularity)
    refresh, words = _arrivals(before, after, found, fits, newcomers)
    words = _unknown(words, known) | {w for path in new_types for w in terms(type_name(path))}
    words |= set(_gained(before, after, found.changed))
    mined = mined_otherwise(before, bought, after, buys)
    drop = named | mined.lost
    refresh |= set(map(word_tag, words)) | mined.other
    refresh |= {from_tag(sku_tag(sku)) for sku in (*found.changed, *found.removed)}
    refresh |= curated_otherwise(pack, (before, meant), (after, means))
    if drop or refresh or not found.empty:
        drop.add(NEGATIVE)
    if _prices_moved(before, after):
        drop.add(PRICED)
    return Change(
        added=len(found.added),
        changed=len(found.changed),
        removed=len(found.removed),
        relations=len(mined.lost | mined.other),
        answers=tuple(sorted(drop)),
        refresh=tuple(sorted(refresh - drop)),
        edges=tuple(sorted(named)),
    )


def _arrivals(
    before: Snapshot, after: Snapshot, found: CatalogDiff, fits: Fits, newcomers: Newcomers
) -> tuple[set[str], set[str]]:
    """Return tags of answers in which products that are like new may appear, and their words.

    Besides new ones these are products that fit otherwise, and those that stood behind another of
    the same title: of each title one is shown.
    """
    titles = Counter(map(before.title, range(len(before))))
    arrived = set(found.added)
    words = {word for sku in found.added for word in terms(_product(after, sku).title)}
    for sku in found.changed:
        was, now = _product(before, sku), _product(after, sku)
        words.update(terms(now.title))
        names = (*fits(int(after.type_of[after.row(sku)])), "model", *NAMES_MODELS)
        hidden = titles[was.title] > 1 and was.title != now.title
        if hidden or _place(was, names) != _place(now, names):
            arrived.add(sku)
    return {tag for sku in arrived for tag in _places(after, sku, fits, newcomers)}, words


def _places(after: Snapshot, sku: str, fits: Fits, newcomers: Newcomers) -> Iterator[str]:
    """Yield the tags of the answers in which a product may come to be shown, by its type."""
    row = after.row(sku)
    path = _product(after, sku).product_type
    if path and row is not None:
        yield open_tag(type_tag(path))
        if newcomers.leads(row, fits=any(fits(int(after.type_of[row])))):
            yield type_tag(path)


def _gained(before: Snapshot, after: Snapshot, skus: Iterable[str]) -> Iterator[str]:
    """Yield the words by which changed products are found only now."""
    for sku in skus:
        was, now = _product(before, sku), _product(after, sku)
        yield from _said(now) - _said(was)


def _said(product: Product) -> set[str]:
    values = " ".join(product.attributes.values())
    return set(terms(f"{product.title} {product.brand} {values}"))


def _place(product: Product, names: Iterable[str]) -> tuple[object, ...]:
    values = [product.attributes.get(name, "") for name in names]
    return product.product_type, product.item_group, values


def _unknown(words: set[str], known: np.ndarray) -> set[str]:
    """Return the words that no title had, and model numbers, which name one product."""
    every = sorted(words)
    if not every:
        return set()
    old = np.isin(key_hashes(every), known)
    return {w for w, is_old in zip(every, old, strict=True) if not is_old or is_model_number(w)}


def _prices_moved(before: Snapshot, after: Snapshot) -> bool:
    """Tell whether a product that both catalogs have has another price."""
    rows = renumbered(list(before.skus()), list(after.skus()))
    stays = rows >= 0
    return not np.array_equal(before.price[stays], after.price[rows[stays]], equal_nan=True)


def _product(catalog: Snapshot, sku: str) -> Product:
    row = catalog.row(sku)
    if row is None:
        raise LookupError(sku)
    return catalog.product(row)
