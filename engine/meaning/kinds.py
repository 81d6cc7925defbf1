"""What job a product type does, judged from its name: do two types do the same job?

A substitute does the same job as its other end; a complement does not. The head noun of the name
says most ("hamburger buns" and "hot dog buns" are both buns; "charcoal" and "charcoal lighter
fluid" are not), and the distance of the name's embeddings says the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from goeswith.engine.model import TypePath, type_name
from goeswith.engine.retrieval import Embedder
from goeswith.engine.retrieval.text import terms

_BREAK = re.compile(r"\s*(?:[,;:(&+]|\b(?:and|or|with|for|in|of|from)\b)\s*", re.IGNORECASE)
_EMPTY_HEADS = frozenset(
    [
        "accessory",
        "all",
        "assorted",
        "bulk",
        "item",
        "misc",
        "miscellaneous",
        "only",
        "other",
        "product",
        "pack",
        "supply",
        "type",
    ]
)
QUALIFIERS = frozenset(
    [
        "all",
        "and",
        "assorted",
        "basic",
        "better",
        "big",
        "black",
        "blue",
        "brown",
        "bulk",
        "canned",
        "choice",
        "cold",
        "conventional",
        "cooked",
        "dark",
        "decaf",
        "decaffeinated",
        "deluxe",
        "diet",
        "dried",
        "dry",
        "economy",
        "everyday",
        "extra",
        "family",
        "fancy",
        "fat",
        "for",
        "fresh",
        "frozen",
        "garden",
        "general",
        "gourmet",
        "green",
        "ground",
        "half",
        "holiday",
        "hot",
        "imported",
        "instant",
        "jumbo",
        "kid",
        "kids",
        "kosher",
        "large",
        "lean",
        "light",
        "liquid",
        "loose",
        "low",
        "mainstream",
        "medium",
        "mega",
        "mild",
        "mini",
        "misc",
        "miscellaneous",
        "mixed",
        "multi",
        "natural",
        "new",
        "novelty",
        "only",
        "organic",
        "other",
        "packaged",
        "pink",
        "plain",
        "plus",
        "pop",
        "popular",
        "power",
        "precooked",
        "premium",
        "prepared",
        "promo",
        "promotional",
        "pure",
        "raw",
        "red",
        "refrigerated",
        "regular",
        "roasted",
        "salted",
        "seasonal",
        "select",
        "single",
        "sliced",
        "small",
        "smoked",
        "soft",
        "special",
        "specialty",
        "spring",
        "standard",
        "steamed",
        "store",
        "sugar",
        "super",
        "sweet",
        "traditional",
        "travel",
        "unsalted",
        "value",
        "varietal",
        "variety",
        "whole",
        "white",
        "winter",
        "yellow",
        "you",
    ]
)
"""Words that say which, not what. A type named by nothing else needs its shelf beside it."""

CLEAR_SHARE = 0.5
"""A name belongs to the type that holds at least this share of what is bought under the name."""

SAME_HEAD_COSINE = 0.45
SAME_SHELF_COSINE = 0.86
ANYWHERE_COSINE = 0.90


FILE = "kinds.npy"


def embed_names(types: Sequence[TypePath], embedder: Embedder) -> npt.NDArray[np.float32]:
    """Return one unit vector per type: the embedding of the last name of its path."""
    names = [path[-1].lower() if path else "" for path in types]
    distinct = sorted(set(names))
    place = {name: number for number, name in enumerate(distinct)}
    vectors = embedder.encode(distinct)
    return vectors[[place[name] for name in names]].astype(np.float32)


class Kinds:
    """Compares the product types of one snapshot.

    Args:
        types: type paths by type id.
        vectors: one L2-normalised row per type id, the embedding of the last name of its path.
        weights: how common each type is, by type id; decides which of several types of one name
            is meant by the name alone.
    """

    def __init__(
        self,
        types: Sequence[TypePath],
        vectors: npt.NDArray[np.float32],
        weights: npt.NDArray[np.int64],
    ) -> None:
        self._types = types
        self._vectors = vectors
        self._weights = weights
        self._names = [path[-1].lower() if path else "" for path in types]
        self._weight_of_name: Counter[str] = Counter()
        for type_id, weight in enumerate(weights.tolist()):
            self._weight_of_name[self.name(type_id)] += weight
        self._ids = {f"type:{type_name(path)}": type_id for type_id, path in enumerate(types)}
        self.heads = lru_cache(maxsize=65_536)(self._heads)
        self.parts = lru_cache(maxsize=65_536)(self._parts)
        self.segments = lru_cache(maxsize=65_536)(self._segments)

    @property
    def count(self) -> int:
        """How many types there are."""
        return len(self._types)

    def type_id(self, node_id: str) -> int:
        """Return the type id behind a node id such as "type:A > B"."""
        return self._ids[node_id]

    def find(self, name: str) -> int | None:
        """Return the type of a full name such as "A > B" or "type:A > B", None for no such type."""
        return self._ids.get(f"type:{name.removeprefix('type:')}")

    def node_id(self, type_id: int) -> str:
        """Return the node id of a type."""
        return f"type:{type_name(self._types[type_id])}"

    def name(self, type_id: int) -> str:
        """Return the type's own name, the last of its path, in lower case."""
        return self._names[type_id]

    def is_called(self, type_id: int, phrase: str) -> bool:
        """Tell whether a phrase is one of the things that the type's own name lists.

        "Mops: sponge, deck, dust" are called mops, and "rubber syringes and hot water bottles" are
        no water bottles.
        """
        return frozenset(terms(phrase)) in self.parts(type_id)

    def is_mixed(self, type_id: int) -> bool:
        """Tell whether the shelf of a type lists several things: "brooms and mops"."""
        above = self._types[type_id][:-1]
        return any(len(_BREAK.split(name)) > 1 for name in above)

    def label(self, type_id: int) -> str:
        """Return what a shopper calls the type: its name, with its shelf where that is not enough.

        "Frosting" speaks for itself; "Premium" is "premium (pasta sauce)".
        """
        path, own = self._types[type_id], self.name(type_id)
        if len(path) < 2 or not self._is_vague(type_id):
            return own
        return f"{own} ({path[-2].lower()})"

    def same_function(self, a: int, b: int) -> bool:
        """Tell whether a shopper would take one for the other."""
        if a == b:
            return True
        near = self.cosine(a, b)
        if near >= ANYWHERE_COSINE:
            return True
        same_shelf = self._types[a][:-1] == self._types[b][:-1]
        if self.heads(a) & self.heads(b):
            return same_shelf or near >= SAME_HEAD_COSINE
        return same_shelf and near >= SAME_SHELF_COSINE

    def alike(self, type_id: int, most: int) -> list[tuple[int, float]]:
        """Return types that do the same job, with the cosine of their names, nearest first."""
        near = self._vectors @ self._vectors[type_id]
        order = np.argsort(-near, kind="stable")[: 8 * most].tolist()
        found = [(other, float(near[other])) for other in order if other != type_id]
        return [item for item in found if self.same_function(type_id, item[0])][:most]

    def cosine(self, a: int, b: int) -> float:
        """Return the cosine of two types' name embeddings."""
        return float(self._vectors[a] @ self._vectors[b])

    def _is_vague(self, type_id: int) -> bool:
        words = terms(self._types[type_id][-1])
        if all(word in QUALIFIERS or word.isdigit() for word in words):
            return True
        weight = self._weight_of_name[self.name(type_id)]
        return int(self._weights[type_id]) < CLEAR_SHARE * weight

    def _heads(self, type_id: int) -> frozenset[str]:
        path = self._types[type_id]
        return head_nouns(path[-1]) if path else frozenset()

    def _parts(self, type_id: int) -> frozenset[frozenset[str]]:
        path = self._types[type_id]
        whole = _BREAK.split(path[-1]) if path else []
        parts = [frozenset(terms(choice)) for part in whole for choice in part.split("/")]
        return frozenset(part for part in parts if part)

    def _segments(self, type_id: int) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
        return tuple((head_nouns(name), frozenset(terms(name))) for name in self._types[type_id])


@lru_cache(maxsize=65_536)
def whole_name(path: TypePath) -> str:
    """Return a type's own name, with its shelf's where the own one only says which.

    "Frosting" is a name; "Premium" on the shelf "Ice cream" is "Premium ice cream".
    """
    own = path[-1] if path else ""
    if len(path) < 2 or not all(word in QUALIFIERS or word.isdigit() for word in terms(own)):
        return own
    return f"{own} {path[-2][:1].lower()}{path[-2][1:]}"


def head_nouns(name: str) -> frozenset[str]:
    """Return the nouns a name is about: "cake decors and icing" is about decors and about icing.

    A slash joins nouns ("noodles/pasta") unless a longer phrase follows: "tortilla/nacho chips" are
    chips. Words that say which and not what are no nouns: "fluid milk white only" is about milk.
    """
    parts = [_significant(c) for part in _BREAK.split(name) for c in _choices(part)]
    things = [[word for word in part if word not in QUALIFIERS] for part in parts]
    return frozenset(part[-1] for part in (things if any(things) else parts) if part)


def _choices(part: str) -> list[str]:
    *others, last = part.split("/")
    return [last] if len(last.split()) > 1 else [*others, last]


def _significant(part: str) -> list[str]:
    return [w for w in terms(part) if w not in _EMPTY_HEADS and not w.isdigit()]
