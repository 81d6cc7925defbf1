"""Retrieval against rank-bm25 plus flat faiss, in one run. Prints a table of p50 times and ratios.

    python bench/retrieval.py [--sizes 10000,100000] [--million] [--queries 200] [--dim 384]

Titles are synthetic: brand, adjectives, noun, use, colour, size and often a model number, each
drawn from a Zipf law, from a fixed seed. Vectors are synthetic too: every word has a Gaussian
vector (a noun near the centre of one of 40 departments), and a text is the weighted sum of its
words, the noun heaviest, plus a little noise of its own. Such clusters flatter inverted lists;
recall on real embeddings is in the report of `build_retrieval`. A query is the noun and two other
words of a title, embedded in the same way. Both sides get the same terms and the same query
vector; embedding is excluded.

Recall@10 compares with exact search: BM25 over all, cosine over all, and the two fused over all.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi  # type: ignore[import-untyped]

from goeswith.engine.retrieval import MemoryCorpus, Retriever, build_retrieval
from goeswith.engine.retrieval.dense import DenseIndex
from goeswith.engine.retrieval.embed import embed_all, normalise
from goeswith.engine.retrieval.fastbm25 import FastBM25
from goeswith.engine.retrieval.fusion import fuse
from goeswith.engine.retrieval.store import Folder
from goeswith.engine.retrieval.text import content_terms, terms

SEED = 7
TOP = 50
BASELINE_QUERIES = 15
TARGETS = {10_000: 50, 100_000: 400, 1_000_000: 1_000}
"""How many times faster than the baseline, by products."""
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


class WordSums:
    """An embedder that adds the vectors of a text's words."""

    name = "bench:1"

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.numbers: dict[str, int] = {}
        self.vectors = np.zeros((1, dim), np.float32)

    def learn(self, names: NDArray[np.str_], vectors: NDArray[np.float32]) -> None:
        """Take the vectors of some words."""
        start = len(self.vectors)
        self.numbers |= {str(name): start + i for i, name in enumerate(names)}
        self.vectors = np.concatenate([self.vectors, vectors])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the sum of the known words' vectors and noise that depends on the text."""
        known = self.numbers
        out = np.empty((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            out[row] = self.vectors[[known.get(word, 0) for word in text.split()]].sum(axis=0)
        seed = sum(map(len, texts)) + len(texts)
        noise = np.random.default_rng(seed).standard_normal(out.shape, dtype=np.float32)
        return normalise(out + 0.05 * noise)


@dataclass
class Shop:
    """Synthetic titles, queries and the embedder of both."""

    titles: list[str]
    queries: list[str]
    embedder: WordSums


def words(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Return distinct pronounceable words."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice(SYLLABLES, rng.integers(2, 5)))] = None
    return np.array(list(found))


def zipf(rng: np.random.Generator, kinds: int, size: int) -> NDArray[np.int64]:
    """Return numbers below `kinds`, the n-th about 1/(n+3) as often."""
    share = 1 / (np.arange(kinds) + 3)
    return rng.choice(kinds, size=size, p=share / share.sum())


def make_shop(count: int, queries: int, dim: int) -> Shop:
    """Return `count` distinct titles, queries and the embedder."""
    rng = np.random.default_rng(SEED)
    distinct = words(2_840 + max(200, int(count**0.6)), rng)
    nouns, adjectives, uses, colours, brands = np.split(distinct, [2_000, 2_400, 2_800, 2_840])
    columns = [
        brands[zipf(rng, len(brands), count)],
        adjectives[zipf(rng, len(adjectives), count)],
        adjectives[zipf(rng, len(adjectives), count)],
        nouns[zipf(rng, len(nouns), count)],
        uses[zipf(rng, len(uses), count)],
        colours[zipf(rng, len(colours), count)],
        rng.choice(["12 oz", "500 ml", "2 pack", "xl", "10 ct", "1 l", "32 gb"], count),
    ]
    numbers = rng.permutation(count)
    titles = [
        " ".join(parts) + (f" {parts[0][:2]}{n}" if n % 2 else f" no {n}")
        for *parts, n in zip(*columns, numbers, strict=True)
    ]
    embedder = WordSums(dim)
    departments = rng.standard_normal((40, dim), dtype=np.float32)
    of_nouns = departments[rng.integers(40, size=len(nouns))]
    own = rng.standard_normal((len(nouns), dim), dtype=np.float32)
    embedder.learn(nouns, 0.7 * of_nouns + 0.7 * own)
    for names, weight in ((adjectives, 0.4), (uses, 0.4), (colours, 0.3), (brands, 0.4)):
        embedder.learn(names, weight * rng.standard_normal((len(names), dim), dtype=np.float32))
    phrases = []
    for row in rng.choice(count, queries, replace=False):
        picked = sorted({3, *rng.choice([0, 1, 2, 4, 5], 2, replace=False).tolist()})
        phrases.append(" ".join(str(columns[c][row]) for c in picked))
    return Shop(titles, phrases, embedder)


def p50(call: Callable[[str], object], queries: Sequence[str], warm: int = 20) -> float:
    """Return the median time of a call in milliseconds."""
    for query in queries[:warm]:
        call(query)
    spent = []
    for query in queries:
        began = time.perf_counter()
        call(query)
        spent.append(time.perf_counter() - began)
    return float(np.median(spent)) * 1e3


def overlap(found: NDArray[np.int32], scores: NDArray[np.floating[Any]]) -> float:
    """Return recall@10 of rows against exact scores; equal scores are equally right."""
    tenth = np.partition(scores, len(scores) - 10)[len(scores) - 10]
    return float(np.mean(scores[found[:10]] >= tenth - 1e-3)) if len(found) else 0.0


def run(count: int, queries: int, dim: int) -> bool:
    """Measure one size and print its rows; return whether its target was met, if it has one."""
    shop = make_shop(count, queries, dim)
    asked = shop.queries
    vector = {q: shop.embedder.encode([q])[0] for q in asked}
    vectors = embed_all(shop.embedder, shop.titles)
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "index"
        corpus = MemoryCorpus(titles=shop.titles)
        report = build_retrieval(corpus, out, shop.embedder)
        built = ", ".join(f"{k} {v:.1f} s" for k, v in report.seconds.items())
        size = f"{report.disk_bytes / 1e6:,.0f} MB"
        print(f"\n{count:,} products: {report.dense} {report.recall_at_10:.3f}, {size}, {built}")
        began = time.perf_counter()
        retriever = Retriever.open(out, corpus, shop.embedder)
        print(f"open {1e3 * (time.perf_counter() - began):.1f} ms")
        folder = Folder(out)
        manifest = folder.manifest()
        lexical = FastBM25.open(folder, "texts")
        dense = DenseIndex(folder, manifest.dense, manifest.nprobe)

        def ours(query: str) -> None:
            lexical.search(content_terms(query), TOP)
            dense.search(vector[query], TOP)

        mine = {
            "lexical": p50(lambda q: lexical.search(content_terms(q), TOP), asked),
            "dense": p50(lambda q: dense.search(vector[q], TOP), asked),
            "both": p50(ours, asked),
            "products()": p50(lambda q: retriever.products(q, TOP), asked),
        }
        few = asked[:BASELINE_QUERIES]
        theirs, recall = baseline(shop, vectors, few, vector, (lexical, dense, retriever))
    print(f"{'':12}{'rank-bm25+flat':>16}{'ours':>12}{'ratio':>10}{'recall@10':>12}")
    for name, spent in mine.items():
        reference = theirs[name if name in theirs else "both"]
        kind = "fused" if name in {"both", "products()"} else name
        print(
            f"{name:12}{reference:13.3f} ms{spent:9.3f} ms{reference / spent:9.0f}x"
            f"{recall[kind]:12.3f}"
        )
    ratio = theirs["both"] / mine["both"]
    target = TARGETS.get(count, 0)
    print(f"both: {ratio:.0f}x  (target {target}x, recall@10 0.97)\n")
    return ratio >= target and recall["fused"] >= 0.97


def baseline(
    shop: Shop,
    vectors: NDArray[np.float32],
    asked: Sequence[str],
    vector: dict[str, NDArray[np.float32]],
    parts: tuple[FastBM25, DenseIndex, Retriever],
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the baseline's times, and our recall@10 against exact scores."""
    lexical, dense, retriever = parts
    bm25 = BM25Okapi([terms(t) for t in shop.titles])
    flat = faiss.IndexFlatIP(shop.embedder.dim)
    flat.add(vectors)
    faiss.omp_set_num_threads(1)

    def words_only(query: str) -> NDArray[np.int64]:
        scores = bm25.get_scores(content_terms(query))
        top = np.argpartition(-scores, TOP)[:TOP]
        return np.asarray(top[np.argsort(-scores[top])])

    def both(query: str) -> None:
        words_only(query)
        flat.search(vector[query][None], TOP)

    times = {
        "lexical": p50(words_only, asked, 1),
        "dense": p50(lambda q: flat.search(vector[q][None], TOP), asked, 1),
        "both": p50(both, asked, 1),
    }
    recalls: dict[str, list[float]] = {"lexical": [], "dense": [], "fused": []}
    for query in asked:
        query_terms = content_terms(query)
        exact = bm25.get_scores(query_terms)
        cosine = vectors @ vector[query]
        ideal = sum(lexical.rarity(t) for t in query_terms)
        fused = fuse(exact.astype(np.float32), ideal, cosine)
        recalls["lexical"].append(overlap(lexical.search(query_terms, 10)[0], exact))
        recalls["dense"].append(overlap(dense.search(vector[query], 10)[0], cosine))
        recalls["fused"].append(overlap(retriever.products(query, 10).rows, fused))
    return times, {name: float(np.mean(values)) for name, values in recalls.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 when a target was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--million", action="store_true", help="also 1,000,000 (8 GB, minutes)")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--dim", type=int, default=384)
    options = parser.parse_args(arguments)
    sizes = [int(s) for s in options.sizes.split(",")] + [1_000_000] * options.million
    print("p50 of one query, one thread, embedding excluded; synthetic titles and vectors")
    met = [run(size, options.queries, options.dim) for size in sizes]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
