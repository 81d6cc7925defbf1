"""What the paraphrase tier would serve: hits among paraphrases, false hits among near misses.

The pairs lie in the folder `paraphrases`: two questions, and "same" or what differs. Bounds are
one-sided Clopper-Pearson bounds at 95%.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from importlib import resources
from itertools import combinations
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from goeswith.cache.paraphrase import Asked, Kind
from goeswith.cache.paraphrase.guard import Shape, kind_of, shape_of
from goeswith.engine.errors import QuestionError
from goeswith.engine.question import Question, Vocabulary, read_question
from goeswith.engine.retrieval import load_embedder
from goeswith.engine.serving.paraphrase import asked_of, text_to_embed

SPLIT = ("camera", "grocery", "logs")
"""Files that are parted by hash into pairs to tune on and pairs held out."""

FILES = (*SPLIT, "adversarial", "second", "fresh")
BRANDS = (
    "sony canon nikon apple samsung kellogg's pepsi coke heinz hunt's bose hp sigma tamron gopro "
    "post lay's pringles dyson kitchenaid intel amd beats lg"
)
Vectors = NDArray[np.float32]
Row = dict[str, str | float]


class Pair(NamedTuple):
    """Two questions, what differs ("same" for a paraphrase), and the part of the set."""

    one: str
    other: str
    what: str
    part: str


class Known(NamedTuple):
    """Everything that is compared of a question."""

    question: Question
    asked: Asked
    shape: Shape
    vector: Vectors


def read_pairs(name: str) -> list[Pair]:
    """Return the pairs of one file; those of `SPLIT` are parted by hash."""
    file = resources.files("goeswith.eval") / "paraphrases" / f"{name}.tsv"
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [(one, other, what) for one, other, what in csv.reader(lines, delimiter="\t")]
    return [Pair(*row, part=part_of(row[0], row[1]) if name in SPLIT else name) for row in rows]


def part_of(one: str, other: str) -> str:
    """Return "tune" or "held-out", from the text alone."""
    held = hashlib.blake2b(f"{one}\t{other}".encode(), digest_size=8).digest()[0] & 1
    return "held-out" if held else "tune"


def know(texts: Iterable[str], embedder: str = "use") -> dict[str, Known]:
    """Read and embed questions; those that cannot be read are left out."""
    vocabulary = Vocabulary(brands=frozenset(BRANDS.split()))
    questions: dict[str, Question] = {}
    for text in sorted(set(texts)):
        try:
            questions[text] = read_question(text, vocabulary=vocabulary)
        except QuestionError:
            continue
    vectors = load_embedder(embedder).encode([text_to_embed(q) for q in questions.values()])
    known: dict[str, Known] = {}
    for (text, question), vector in zip(questions.items(), vectors, strict=True):
        asked = asked_of(question)
        known[text] = Known(question, asked, shape_of(asked), vector)
    return known


def most(wrong: int, count: int) -> float:
    """Return the upper end of the share of wrong ones, one-sided at 95%."""
    from scipy.special import betaincinv  # type: ignore[import-untyped]

    return 1.0 if wrong >= count else float(betaincinv(wrong + 1, count - wrong, 0.95))


def exact(one: Known, other: Known) -> bool:
    """Say whether both have one exact key."""
    a, b = one.question, other.question
    return (a.canonical, a.constraints, a.locale) == (b.canonical, b.constraints, b.locale)


def cosine(one: Known, other: Known) -> float:
    """Return the cosine of both."""
    return float(one.vector @ other.vector)


Serves = Callable[[Known, Known], bool]


def ways() -> dict[str, Serves]:
    """Return what decides, from embedding alone to what is shipped."""

    def near(least: float) -> Serves:
        return lambda a, b: cosine(a, b) >= least

    def agreeing(least: float) -> Serves:
        return lambda a, b: (
            kind_of(a.shape, b.shape) is not Kind.DIFFERENT and cosine(a, b) >= least
        )

    return {
        "embedding >= 0.80": near(0.80),
        "embedding >= 0.90": near(0.90),
        "embedding >= 0.95": near(0.95),
        "must-agree part, >= 0.80": agreeing(0.80),
        "must-agree part, >= 0.90": agreeing(0.90),
        "guard (shipped)": lambda a, b: kind_of(a.shape, b.shape) is Kind.SAME,
        "guard and >= 0.80": lambda a, b: (
            kind_of(a.shape, b.shape) is Kind.SAME and cosine(a, b) >= 0.80
        ),
    }


def quality(pairs: list[Pair], known: dict[str, Known]) -> list[Row]:
    """Return hits and false hits of every way on every part."""
    rows: list[Row] = []
    parts = ["tune", "held-out", "adversarial", "second", "fresh"]
    for name, serves in ways().items():
        for part in (*parts, "never tuned on"):
            chosen = [p for p in pairs if p.part == part]
            if part == "never tuned on":
                chosen = [p for p in pairs if p.part in {"held-out", "fresh"}]
            rows.append({"path": name, "part": part, **rates(chosen, known, serves)})
    return rows


def rates(pairs: list[Pair], known: dict[str, Known], serves: Serves) -> Row:
    """Return counts and rates over the pairs that the exact key does not serve."""
    new = [p for p in pairs if not exact(known[p.one], known[p.other])]
    same = [p for p in pairs if p.what == "same"]
    beyond = [p for p in new if p.what == "same"]
    other = [p for p in pairs if p.what != "same"]
    hits = sum(serves(known[p.one], known[p.other]) for p in beyond)
    wrong = sum(serves(known[p.one], known[p.other]) for p in other)
    return {
        "paraphrases": len(beyond),
        "hits": hits,
        "hit rate": hits / len(beyond) if beyond else 0.0,
        "with exact": (hits + len(same) - len(beyond)) / len(same) if same else 0.0,
        "negatives": len(other),
        "false": wrong,
        "false <=": most(wrong, len(other)),
    }


def meanings(pairs: list[Pair], known: dict[str, Known]) -> dict[str, str]:
    """Return a name of its meaning for every question, from paraphrases and exact keys."""
    parent: dict[str, str] = {}

    def root(text: str) -> str:
        while parent.setdefault(text, text) != text:
            text = parent[text]
        return text

    for pair in pairs:
        if pair.what == "same":
            parent[root(pair.one)] = root(pair.other)
    by_key: dict[str, str] = {}
    for text, what in known.items():
        key = msgspec.json.encode((what.question.canonical, what.question.constraints)).decode()
        parent[root(text)] = root(by_key.setdefault(key, text))
    return {text: root(text) for pair in pairs for text in (pair.one, pair.other)}


def cross(pairs: list[Pair], known: dict[str, Known]) -> tuple[list[Row], list[str]]:
    """Return false hits over all pairs of different questions, and what the guard serves."""
    meaning = meanings([*pairs, *read_pairs("also_same")], known)
    texts = sorted(known)
    names = np.array([meaning[text] for text in texts])
    vectors = np.stack([known[text].vector for text in texts])
    upper = np.triu(names[:, None] != names[None, :], 1)
    total = int(upper.sum())
    similarity = vectors @ vectors.T
    rows: list[Row] = []
    for least in (0.80, 0.90, 0.95):
        wrong = int((upper & (similarity >= least)).sum())
        rows.append({"path": f"embedding >= {least:.2f}", **shares(wrong, total)})
    wrong_pairs = [
        f"{one}  =  {other}" for one, other in served(known) if meaning[one] != meaning[other]
    ]
    rows.append({"path": "guard (shipped)", **shares(len(wrong_pairs), total)})
    return rows, wrong_pairs


def shares(wrong: int, total: int) -> Row:
    """Return a count, its share and the bound of it."""
    return {
        "pairs": total,
        "false": wrong,
        "per million": wrong / total * 1e6,
        "<= per million": most(wrong, total) * 1e6,
    }


def served(known: dict[str, Known]) -> list[tuple[str, str]]:
    """Return the pairs that the guard serves and the exact key does not."""
    groups: dict[tuple[bytes, bytes], list[str]] = defaultdict(list)
    for text, what in known.items():
        groups[what.shape.hard, what.shape.form].append(text)
    return [
        (one, other)
        for group in groups.values()
        for one, other in combinations(group, 2)
        if not exact(known[one], known[other])
    ]
