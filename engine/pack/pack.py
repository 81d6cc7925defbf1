"""The loaded pack and its look-ups. Lexical only: embeddings are the engine's business."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache

from goeswith.engine.model import Relation
from goeswith.engine.pack.schema import (
    SYMMETRIC,
    Accepts,
    Activity,
    Adapter,
    PackRelation,
    Rule,
)
from goeswith.engine.pack.words import content_words, head_word, main_keys, normalise, phrase_key

_FULL_WEIGHT = 0.75
_LEAST_SCORE = 0.3
_PRODUCT_FACTOR = 0.6


class Pack:
    """Curated knowledge: activities, relations between kinds, compatibility rules, word tables.

    `version` is a digest of everything the pack was read from; it changes with any byte of it.
    Phrases are shop-neutral: the caller maps them to a catalog's own product types.
    """

    def __init__(
        self,
        *,
        version: str,
        activities: tuple[Activity, ...],
        relations: tuple[PackRelation, ...],
        rules: tuple[Rule, ...],
        accepts: tuple[Accepts, ...],
        adapters: tuple[Adapter, ...],
        aliases: Mapping[str, tuple[str, ...]],
        generic: tuple[str, ...],
        broad: tuple[str, ...] = (),
        whose: tuple[tuple[str, ...], ...] = (),
        unlike: tuple[tuple[str, ...], ...] = (),
        tools: tuple[str, ...] = (),
    ) -> None:
        self.version = version
        self.activities = activities
        self.relations = relations
        self.rules = rules
        self.accepts = accepts
        self.adapters = adapters
        self.aliases = aliases
        self.generic = generic
        self.broad = broad
        self.whose = whose
        self.unlike = unlike
        self.tools = tools

    def activity(self, activity_id: str) -> Activity | None:
        """Return the activity with this id, or None."""
        return self._by_id.get(activity_id)

    def has_activity_called(self, text: str) -> bool:
        """Tell whether a text is word for word the name of an activity."""
        whole = normalise(text)
        return any(name == whole for _, name, _ in self._names)

    def find_activity(self, text: str, limit: int = 5) -> list[tuple[Activity, float]]:
        """Return activities whose names share words with the text, best first.

        The score is in 0..1. With w(x) the summed rarity (idf over all names) of the stems x that
        a name and the text have in common, it is 0.75 w(common)/w(name) + 0.25 w(common)/w(text),
        and 1 when they are the same words. It is multiplied by 0.6 when all they have in common
        is a product the text names: "running shoes" is not about going for a run; and when a
        name comes down to one word and the text speaks of something else too: "a sick cat" is
        not about getting a cat; and when they do not share what the text is about, and that is a
        product or the name says more: "banana bread" is no banana split, and cookie cutters are
        no cookies. Ties are in order of id.
        """
        if limit < 1:
            return []
        words = content_words(text)
        whole, head = normalise(text), head_word(text)
        spoken = frozenset(whole.split())
        asked = sum(self._rarity(word) for word in words)
        products = self._products_in(frozenset(words))
        of_products = frozenset().union(*products)
        best: dict[str, float] = {}
        candidates = {number for word in words for number in self._names_with.get(word, ())}
        for number in candidates:
            activity_id, name, stems = self._names[number]
            if name == whole:
                best[activity_id] = 1.0
                continue
            shared = stems & frozenset(words)
            common = sum(self._rarity(word) for word in sorted(shared))
            total = sum(self._rarity(word) for word in sorted(stems))
            score = _FULL_WEIGHT * common / total + (1 - _FULL_WEIGHT) * common / asked
            thing = any(shared < product or shared == product != stems for product in products)
            more = len(stems) == 1 and name not in spoken and self._speaks_of_more(words, stems)
            elsewhere = head not in shared and (shared != stems or head in of_products)
            if thing or more or elsewhere:
                score *= _PRODUCT_FACTOR
            best[activity_id] = max(best.get(activity_id, 0.0), score)
        ranked = sorted(
            (item for item in best.items() if item[1] >= _LEAST_SCORE),
            key=lambda item: (-item[1], item[0]),
        )
        return [(self._by_id[name], min(1.0, score)) for name, score in ranked[:limit]]

    def relations_of(self, phrase: str) -> list[PackRelation]:
        """Return the relations whose head is this kind of product, under any of its names.

        A relation that reads the same from both ends (substitute, often_bought_with,
        compatible_with, part_of_set) is also found by its tail, with the ends swapped.
        """
        return list(self._by_head.get(self._main(phrase), ()))

    def relations_to(self, phrase: str) -> list[PackRelation]:
        """Return the one-way relations whose tail is this kind: what it is a part of or for."""
        return list(self._by_tail.get(self._main(phrase), ()))

    def names_of(self, phrase: str) -> tuple[str, ...]:
        """Return the other names of a kind of product, the main one first."""
        names = self._all_names.get(self._main(phrase), ())
        own = phrase_key(phrase)
        return tuple(name for name in names if phrase_key(name) != own)

    def accepts_of(self, rule: Rule) -> Sequence[Accepts]:
        """Return the tables of accepted values that belong to a rule."""
        return [table for table in self.accepts if table.rule == rule.id]

    def is_generic(self, statement: str) -> bool:
        """Return True if a statement is nothing but phrases from the generic table."""
        return self._remembered(statement)

    @cached_property
    def _remembered(self) -> Callable[[str], bool]:
        """`_is_generic`, remembering the sentences of the pack itself, which come again."""
        return lru_cache(maxsize=4096)(self._is_generic)

    def _is_generic(self, statement: str) -> bool:
        text = f" {normalise(statement)} "
        for phrase in self._generic:
            text = text.replace(f" {phrase} ", "  ")
        left = [word for word in text.split() if word not in _FILLERS]
        return not left

    def _main(self, phrase: str) -> str:
        key = phrase_key(phrase)
        return self._main_of.get(key, key)

    def _products_in(self, words: frozenset[str]) -> list[frozenset[str]]:
        near = {item for word in words for item in self._products_with.get(word, ())}
        return [item for item in near if item == words or (len(item) > 1 and item <= words)]

    def _speaks_of_more(self, words: tuple[str, ...], stems: frozenset[str]) -> bool:
        return any(word in self._names_with for word in words if word not in stems)

    def _rarity(self, word: str) -> float:
        holders = len(self._names_with.get(word, ()))
        return math.log(1 + (len(self._names) + 0.5) / (holders + 0.5))

    @cached_property
    def _by_id(self) -> dict[str, Activity]:
        return {activity.id: activity for activity in self.activities}

    @cached_property
    def _names(self) -> list[tuple[str, str, frozenset[str]]]:
        return [
            (activity.id, normalise(name), frozenset(content_words(name)))
            for activity in self.activities
            for name in activity.names
        ]

    @cached_property
    def _names_with(self) -> dict[str, list[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, (_, _, stems) in enumerate(self._names):
            for word in stems:
                found[word].append(number)
        return dict(found)

    @property
    def phrases(self) -> frozenset[str]:
        """Everything it has a name for: kinds of products, and activities."""
        names = {name for activity in self.activities for name in activity.names}
        return frozenset(names | self._products)

    @cached_property
    def _products(self) -> set[str]:
        needs = [need for activity in self.activities for need in activity.needs]
        phrases = {name for need in needs for name in need.names}
        phrases.update(end for entry in self.relations for end in (entry.head, entry.tail))
        phrases.update(name for names in self.aliases.values() for name in names)
        return phrases

    @cached_property
    def _products_with(self) -> dict[str, list[frozenset[str]]]:
        found: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
        for stems in {frozenset(content_words(phrase)) for phrase in self._products}:
            for word in stems:
                found[word].append(stems)
        return dict(found)

    @cached_property
    def _main_of(self) -> dict[str, str]:
        return main_keys(self.aliases)

    @cached_property
    def _all_names(self) -> dict[str, tuple[str, ...]]:
        return {phrase_key(phrase): (phrase, *names) for phrase, names in self.aliases.items()}

    @cached_property
    def _by_head(self) -> dict[str, list[PackRelation]]:
        found: defaultdict[str, list[PackRelation]] = defaultdict(list)
        for entry in self.relations:
            found[self._main(entry.head)].append(entry)
            if entry.relation in SYMMETRIC:
                turned = PackRelation(entry.tail, entry.relation, entry.head, entry.reason)
                found[self._main(entry.tail)].append(turned)
        return dict(found)

    @cached_property
    def _by_tail(self) -> dict[str, list[PackRelation]]:
        found: defaultdict[str, list[PackRelation]] = defaultdict(list)
        for entry in self.relations:
            if entry.relation not in SYMMETRIC:
                found[self._main(entry.tail)].append(entry)
        return dict(found)

    @cached_property
    def _generic(self) -> list[str]:
        return sorted((normalise(phrase) for phrase in self.generic), key=lambda p: (-len(p), p))

    def __repr__(self) -> str:
        counts = Counter(entry.relation for entry in self.relations)
        kinds = ", ".join(
            f"{relation} {counts[relation]}" for relation in Relation if counts[relation]
        )
        return f"Pack({len(self.activities)} activities, {kinds}, version {self.version})"


_FILLERS = frozenset(
    re.findall(
        r"\w+",
        """a also an and are as at be both but by can for from has have in is it its made makes of
        on or product products so that the them these they thing things this to very which will
        with you your""",
    )
)
