"""Find product types by name: words, other names, embedding, and how often they are bought."""

from __future__ import annotations

import tomllib
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from threading import Lock

import msgspec
import numpy as np
from numpy.typing import NDArray

from goeswith.engine.model import TypePath
from goeswith.engine.retrieval.corpus import Corpus
from goeswith.engine.retrieval.embed import Embedder, embed_all
from goeswith.engine.retrieval.fastbm25 import FastBM25
from goeswith.engine.retrieval.hits import TypeHits
from goeswith.engine.retrieval.lexical import best
from goeswith.engine.retrieval.store import Folder
from goeswith.engine.retrieval.synonyms import variants
from goeswith.engine.retrieval.text import content_terms, terms

WEIGHTS = {"coverage": 0.25, "name": 0.25, "cosine": 0.5}
"""Share of each signal in a type's relevance."""
POPULARITY = 0.3
"""How much of its relevance the least bought type loses, on a log scale of purchases."""
VARIANT_DISCOUNT = 0.9
"""A match of another name for the same thing counts this much."""
WORD_COVERAGE = 0.5
"""A term found only in the titles of a type's products covers this much."""
_REMEMBERED = 64
_TITLE_WORDS = 12
_TITLES_READ = 200


class Floor(msgspec.Struct, frozen=True):
    """Thresholds for "this phrase names a type"; see floors.toml."""

    cosine_alone: float
    coverage: float
    cosine_with_coverage: float

    def reached(self, cosine: float, coverage: float) -> bool:
        """Say whether the signals of the best type are enough."""
        covered = coverage >= self.coverage and cosine >= self.cosine_with_coverage
        return covered or cosine >= self.cosine_alone


@cache
def _floors() -> dict[str, Floor]:
    source = resources.files("goeswith.engine.retrieval") / "floors.toml"
    return msgspec.convert(tomllib.loads(source.read_text("utf-8")), dict[str, Floor])


def floor_of(embedder: str) -> Floor:
    """Return the thresholds for an embedder's name."""
    floors = _floors()
    return floors.get(embedder.partition(":")[0], floors["default"])


@dataclass(frozen=True)
class Scored:
    """Signals for every type, shape (types,), and the wording of the phrase that fits best."""

    score: NDArray[np.float32]
    cosine: NDArray[np.float32]
    coverage: NDArray[np.float32]
    wording: str


def build_types(
    folder: Folder,
    corpus: Corpus,
    embedder: Embedder,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write everything `TypeSearch` opens; return the number of types."""
    paths = [" ".join(path) for path in corpus.types]
    path_terms = [terms(path) for path in paths]
    FastBM25.build(path_terms).save(folder, "type.paths")
    FastBM25.build(_title_words(corpus, path_terms)).save(folder, "type.words")
    names: dict[str, int] = {}
    of: list[int] = []
    starts: list[int] = []
    for path in corpus.types:
        starts.append(len(of))
        of.extend(names.setdefault(name, len(names)) for name in path or ("",))
    FastBM25.build(terms(name) for name in names).save(folder, "type.names")
    folder.put("type.name_of", np.array(of, np.int32))
    folder.put("type.starts", np.array(starts, np.int64))
    index = FastBM25.open(folder, "type.paths")
    mass = [sum(index.rarity(t) for t in set(terms(name))) for name in names]
    folder.put("type.mass", np.array(mass, np.float32))
    folder.put("type.vectors", embed_all(embedder, [p.lower() for p in paths], progress))
    return len(paths)


def _title_words(corpus: Corpus, path_terms: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the words that stand in many titles of a type, but not in its name, by type."""
    counts: list[Counter[str]] = [Counter() for _ in path_terms]
    read = [0] * len(path_terms)
    for row, type_id in enumerate(corpus.type_of.tolist()):
        if type_id >= 0 and read[type_id] < _TITLES_READ:
            read[type_id] += 1
            counts[type_id].update(t for t in set(terms(corpus.title(row))) if _is_word(t))
    frequent = []
    for own, count, titles in zip(path_terms, counts, read, strict=True):
        enough = max(2, titles // 10)
        ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
        frequent.append([t for t, n in ranked if n >= enough and t not in own][:_TITLE_WORDS])
    spread = Counter(t for words in frequent for t in words)
    most = max(3, len(frequent) // 10)
    return [[t for t in words if spread[t] <= most] for words in frequent]


def _is_word(term: str) -> bool:
    return len(term) > 2 and term.isalpha()


class TypeSearch:
    """Searches the types of one index folder. Scores all at once: there are thousands."""

    def __init__(
        self,
        folder: Folder,
        types: Sequence[TypePath],
        embed: Callable[[str], NDArray[np.float32]],
        floor: Floor,
        popularity: NDArray[np.int64] | None = None,
    ) -> None:
        self.types = types
        self.paths = FastBM25.open(folder, "type.paths")
        self.vectors = folder.get("type.vectors", np.float32)
        self._words = FastBM25.open(folder, "type.words")
        self._names = FastBM25.open(folder, "type.names")
        self._name_of = folder.get("type.name_of", np.int32)
        self._starts = folder.get("type.starts", np.int64)
        self._mass = folder.get("type.mass", np.float32)
        self._known: OrderedDict[str, Scored] = OrderedDict()
        self._lock = Lock()
        self._embed = embed
        self._floor = floor
        self._prior = log_share(popularity, len(types), POPULARITY)

    def search(self, phrase: str, k: int) -> TypeHits:
        """Return the k best types, best first, ties by id."""
        return self.hits(self.score(phrase), k)

    def hits(self, scored: Scored, k: int) -> TypeHits:
        """Return the k best of scored types, and whether the best reaches the floor."""
        ids = np.arange(len(scored.score), dtype=np.int32)
        ids, scores = best(ids, scored.score, min(k, len(ids)))
        cosine, coverage = scored.cosine[ids], scored.coverage[ids]
        matched = bool(len(ids)) and self._floor.reached(float(cosine[0]), float(coverage[0]))
        return TypeHits(ids, scores, cosine, coverage, matched)

    def score(self, phrase: str) -> Scored:
        """Return the signals of every type: the best over the phrase and its other names."""
        with self._lock:
            if phrase in self._known:
                self._known.move_to_end(phrase)
                return self._known[phrase]
        scored = self._score_wordings(phrase)
        with self._lock:
            self._known[phrase] = scored
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return scored

    def wording(self, phrase: str) -> str:
        """Return the phrase, or the other name for the same thing that this catalog uses."""
        return self.score(phrase).wording if self.variants(phrase) else phrase

    def variants(self, phrase: str) -> list[str]:
        """Return the phrase in other names for the same thing that may be meant in this catalog."""
        return variants(phrase, self.paths.frequency)

    def _score_wordings(self, phrase: str) -> Scored:
        result = self._score(phrase, 1.0)
        for other in self.variants(phrase):
            # A name this catalog never uses cannot help, and embedding it costs time.
            if all(self.paths.frequency(t) for t in terms(other)):
                found = self._score(other, VARIANT_DISCOUNT)
                better = found.score > result.score
                best_so_far = result.score.max(initial=0)
                result = Scored(
                    np.where(better, found.score, result.score),
                    np.where(better, found.cosine, result.cosine),
                    np.where(better, found.coverage, result.coverage),
                    other if found.score.max(initial=0) > best_so_far else result.wording,
                )
        return result

    def _score(self, phrase: str, discount: float) -> Scored:
        count = len(self.types)
        query = list(dict.fromkeys(content_terms(phrase)))
        weight = {term: self.paths.rarity(term) for term in query}
        total = sum(weight.values()) or 1.0
        coverage = np.zeros(count, np.float32)
        named = np.zeros(self._names.documents, np.float32)
        for term in query:
            coverage[self._words.postings(term)] += weight[term] * WORD_COVERAGE
            coverage[self.paths.postings(term)] += weight[term]
            named[self._names.postings(term)] += weight[term]
        coverage /= total
        # Dice overlap of the phrase with each name on the path, by weight: "shampoo" is nearer to
        # SHAMPOO than to DANDRUFF SHAMPOO. The best name of the path counts.
        overlap = 2 * named / (total + self._mass)
        name = (
            np.maximum.reduceat(overlap[self._name_of], self._starts) if count else coverage.copy()
        )
        cosine = (self.vectors @ self._embed(phrase.lower())).astype(np.float32)
        relevance = (
            WEIGHTS["coverage"] * coverage
            + WEIGHTS["name"] * name
            + WEIGHTS["cosine"] * np.clip(cosine, 0, 1)
        )
        score = np.clip(relevance * self._prior * np.float32(discount), 0, 1)
        return Scored(score.astype(np.float32), cosine, np.minimum(coverage, 1), phrase)


def log_share(
    popularity: NDArray[np.int64] | None, count: int, strength: float
) -> NDArray[np.float32]:
    """Return factors in 1-strength..1 that grow with the log of popularity; ones if unknown."""
    if popularity is None or not len(popularity) or popularity.max() <= 0:
        return np.ones(count, np.float32)
    logs = np.log1p(np.maximum(popularity, 0))
    return np.asarray(1 - strength + strength * logs / logs.max(), np.float32)
