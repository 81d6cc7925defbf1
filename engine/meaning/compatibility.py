"""Do two products fit? Decided by attributes and by models named in titles, never by an LM."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Set
from functools import lru_cache

import msgspec

from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Product
from goeswith.engine.pack import Pack
from goeswith.engine.pack.rules import Finding, apply_rule
from goeswith.engine.pack.schema import Rule
from goeswith.engine.retrieval.text import terms

_WORD = re.compile(r"[^\W_]+")
_MODEL = re.compile(
    r"(?<![^\W_])"
    r"(?:[A-Za-z]+-?\d+[A-Za-z0-9-]*|[A-Za-z]{4,} \d{1,4}(?= [^\W\d_]{5,}|[^\w ]|$))"
    r"(?![^\W_])"
)
"""A model as titles write it: letters with digits ("R10", "LP-E17"), or a name and a number
("iPhone 15") that no unit follows."""

_UNITS = frozenset(
    [
        "oz",
        "lb",
        "lbs",
        "ct",
        "pk",
        "ml",
        "g",
        "kg",
        "l",
        "mm",
        "cm",
        "in",
        "ft",
        "w",
        "v",
        "gb",
        "tb",
        "mb",
        "x",
    ]
)
NAMES_MODELS = (
    "fits",
    "compatible_with",
    "compatibility",
    "compatible_models",
    "model_compatibility",
)
"""Attributes that name the models a product is made for."""


class Ruling(msgspec.Struct, frozen=True):
    """What one rule says about two products, and the sentence for it."""

    rule: str
    finding: Finding
    reason: str


class Compatibility:
    """Applies the pack's compatibility rules to products of one snapshot."""

    def __init__(self, pack: Pack, kinds: Kinds) -> None:
        self._pack = pack
        self._kinds = kinds
        self._sides = lru_cache(maxsize=65_536)(self._sides_of)
        self._rules = lru_cache(maxsize=65_536)(self._rules_of)
        self._phrases: defaultdict[str, list[tuple[frozenset[str], bool, int]]] = defaultdict(list)
        for number, rule in enumerate(pack.rules):
            for is_left, phrases in ((True, rule.left), (False, rule.right)):
                for words in map(terms, phrases):
                    self._phrases[words[-1]].append((frozenset(words), is_left, number))

    def rulings(self, a: Product, a_type: int, b: Product, b_type: int) -> list[Ruling]:
        """Return what every rule between the two kinds says, whichever of the two is its left.

        A rule whose attributes are missing gives "unknown". A model of `a` that `b` names in its
        title or in its list of fitting models is an accepting ruling, "model_named".
        """
        found = []
        for rule, swapped in self._rules(a_type, b_type):
            left, right = (b, a) if swapped else (a, b)
            finding = apply_rule(
                rule, left.attributes, right.attributes, self._pack.accepts_of(rule)
            )
            reason = {"accept": rule.accept, "reject": rule.reject}.get(finding, "")
            found.append(Ruling(rule.id, finding, reason))
        model = _model_named(a, b)
        if model:
            found.append(Ruling("model_named", "accept", f"It names the {model}."))
        return found

    def has_rule(self, a_type: int, b_type: int) -> bool:
        """Tell whether any rule speaks about the two kinds."""
        return bool(self._rules(a_type, b_type))

    def is_decidable(self, a_type: int, b_type: int, stated: Callable[[int], Set[str]]) -> bool:
        """Tell whether some rule between the two kinds compares what products of both do state.

        `stated` gives the attributes that products of a kind have. Where a shop states none of
        those that a rule reads, a missing attribute says nothing about the product.
        """
        return any(
            not stated(left).isdisjoint(rule.left_attributes)
            and not stated(right).isdisjoint(rule.right_attributes)
            for rule, swapped in self._rules(a_type, b_type)
            for left, right in [(b_type, a_type) if swapped else (a_type, b_type)]
        )

    def right_of(self, type_id: int) -> list[tuple[int, tuple[str, ...]]]:
        """Return the kinds that a rule has to the right of this one, with the rules' ids.

        The left of a rule is what others are fitted to: the camera, not the lens.
        """
        own = self._sides(type_id)[0] if type_id >= 0 else frozenset()
        if not own:
            return []
        rules = self._pack.rules
        return [
            (other, tuple(rules[n].id for n in sorted(shared)))
            for other in range(self._kinds.count)
            if other != type_id and (shared := own & self._sides(other)[1])
        ]

    def has_rules_of(self, type_id: int) -> bool:
        """Tell whether any rule speaks about a kind at all."""
        return type_id >= 0 and any(self._sides(type_id))

    def attributes_of(self, type_id: int) -> tuple[str, ...]:
        """Return the attributes of a kind that rules compare with those of other kinds."""
        left, right = self._sides(type_id)
        rules = self._pack.rules
        names = [name for n in sorted(left) for name in rules[n].left_attributes]
        names += [name for n in sorted(right) for name in rules[n].right_attributes]
        return tuple(dict.fromkeys(names))

    def must_fit(self, type_id: int) -> bool:
        """Tell whether a kind is of use only with the right other product, as some rule says."""
        return type_id >= 0 and bool(self._sides(type_id)[1])

    def _rules_of(self, a_type: int, b_type: int) -> tuple[tuple[Rule, bool], ...]:
        """Return the rules between two types, and whether `b` is the left of each."""
        if a_type < 0 or b_type < 0:
            return ()
        (a_left, a_right), (b_left, b_right) = self._sides(a_type), self._sides(b_type)
        forward, backward = a_left & b_right, b_left & a_right
        rules = self._pack.rules
        return tuple((rules[n], n not in forward) for n in sorted(forward | backward))

    def _sides_of(self, type_id: int) -> tuple[frozenset[int], frozenset[int]]:
        """Return the rules of which a type is the left, and those of which it is the right.

        A rule's phrase names a type, or a type above it, by its head noun: "camera" names
        "Mirrorless cameras" but not "Camera bags".
        """
        sides: tuple[set[int], set[int]] = (set(), set())
        for heads, known in self._kinds.segments(type_id):
            for words, is_left, number in (
                p for head in heads for p in self._phrases.get(head, ())
            ):
                if known >= words:
                    sides[0 if is_left else 1].add(number)
        return frozenset(sides[0]), frozenset(sides[1])


def _model_named(a: Product, b: Product) -> str:
    words = _words(f"{b.title} " + " ".join(b.attributes.get(name, "") for name in NAMES_MODELS))
    for model in _models(a):
        if _contains(words, model):
            return " ".join(model).upper()
    return ""


def _models(product: Product) -> list[tuple[str, ...]]:
    """Return the product's model names as word runs: "r10", "iphone 15", or its model attribute."""
    named = tuple(_words(product.attributes.get("model", "")))
    if named and any(any(c.isdigit() for c in word) for word in named):
        return [named]
    runs = [_words(match) for match in _MODEL.findall(product.title)]
    return [tuple(run) for run in runs if run[-1] not in _UNITS]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _contains(words: list[str], run: tuple[str, ...]) -> bool:
    span = len(run)
    return any(tuple(words[i : i + span]) == run for i in range(len(words) - span + 1))
