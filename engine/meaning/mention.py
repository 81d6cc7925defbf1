"""Does a product type mention what a phrase turns on?

Retrieval finds "coffee filters" near to "aquarium filter": half of the words agree, and so do the
embeddings. Which half must agree is written down in the pack (heads.toml), once for every shop.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from goeswith.engine.catalog import Snapshot
from goeswith.engine.meaning.kinds import QUALIFIERS, head_nouns
from goeswith.engine.pack import Pack
from goeswith.engine.retrieval import Retriever
from goeswith.engine.retrieval.text import content_terms, terms

TITLES_READ = 40
OFTEN = 0.1
"""A word in this share of a type's titles belongs to the type."""


class Mentions:
    """Refuses types that share only a broad word with a phrase.

    Args:
        pack: holds the tables of broad words and of whom things are for.
        catalog: names the types, and the titles of their products.
        retriever: finds the products of a type.
    """

    def __init__(self, pack: Pack, catalog: Snapshot, retriever: Retriever) -> None:
        self._catalog = catalog
        self._retriever = retriever
        self._broad = frozenset(term for word in pack.broad for term in terms(word))
        self._whose = tuple(frozenset(t for w in row for t in terms(w)) for row in pack.whose)
        self._unlike = tuple(frozenset(t for w in row for t in terms(w)) for row in pack.unlike)
        self._tools = frozenset(term for word in pack.tools for term in terms(word))
        self._words = lru_cache(maxsize=65_536)(self._words_of)
        self.is_for_it = lru_cache(maxsize=65_536)(self._is_for_it)

    def __call__(self, phrase: str, type_id: int) -> bool:
        """Tell whether a type may be what the phrase means, in any wording of the phrase."""
        known = self._words(type_id)
        words = frozenset(content_terms(phrase))
        if self._contradicted(words, type_id):
            return False
        for row in self._whose:
            if row & words:
                return self._is_for(row, known)
        heads = head_nouns(phrase)
        before = _before(phrase, heads)
        if self.is_for_it(phrase, type_id):
            return False
        if not heads or not heads <= self._broad or not before:
            return True
        others = (
            w for name in self._retriever.variants(phrase) for w in _before(name, head_nouns(name))
        )
        return any(word in known for word in (*before, *others))

    def _is_for_it(self, phrase: str, type_id: int) -> bool:
        """Tell whether a phrase names a tool, and the type is only what the tool is for.

        A litter scoop is no scoopable litter, whatever words the two have in common.
        """
        heads = head_nouns(phrase)
        if type_id < 0 or not heads or not heads <= self._tools:
            return False
        path = self._catalog.types[type_id]
        own = head_nouns(path[-1]) if path else frozenset()
        return bool(own) and own <= set(_before(phrase, heads))

    def _is_for(self, row: frozenset[str], known: frozenset[str]) -> bool:
        """Tell whether a type is for those of a row: "pet food" may be for a cat."""
        others = frozenset(w for other in self._whose if other != row for w in other)
        return bool(row & known - others) or bool(row & known and not known & others - row)

    def _contradicted(self, words: frozenset[str], type_id: int) -> bool:
        """Tell whether the type says one thing and the phrase another: dry food is not canned."""
        path = self._catalog.types[type_id]
        own, whole = frozenset(terms(path[-1] if path else "")), frozenset(terms(" ".join(path)))
        for row in self._unlike:
            asked = row & words
            said = row & own or row & whole
            if asked and said and not asked & said:
                return True
        return False

    def _words_of(self, type_id: int) -> frozenset[str]:
        rows = self._retriever.rows_of_type(type_id, TITLES_READ).tolist()
        counts = Counter(w for row in rows for w in set(terms(self._catalog.title(row))))
        enough = max(1.0, OFTEN * len(rows))
        often = {word for word, times in counts.items() if times >= enough}
        return frozenset(terms(" ".join(self._catalog.types[type_id]))) | often


def _before(phrase: str, heads: frozenset[str]) -> list[str]:
    """Return the words of a phrase that say what kind of its head is meant."""
    words = content_terms(phrase)
    return [w for w in words if w not in heads and w not in QUALIFIERS and len(w) > 2]
