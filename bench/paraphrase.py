"""Measure the paraphrase tier: false hits and hits on its test pairs, and its look-ups.

    python bench/paraphrase.py            both; exits with 1 when a target is missed
    python bench/paraphrase.py --json     one JSON object instead of tables
    python bench/paraphrase.py --log F    the same over a log of your own, one question a line

Bounds are one-sided Clopper-Pearson bounds at 95%. Look-ups are timed beside a bare faiss Flat
search of the same vectors, turn about, on one thread, without embedding.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from goeswith.cache.paraphrase import Asked, Kind, ParaphraseTier, Policy
from goeswith.cache.paraphrase.bound import Observation, serving_from
from goeswith.cache.paraphrase.guard import Shape, kind_of, shape_of
from goeswith.engine.errors import QuestionError
from goeswith.engine.paraphrase import asked_of, text_to_embed
from goeswith.engine.question import Question, Vocabulary, read_question
from goeswith.engine.retrieval import load_embedder

PAIRS = Path(__file__).parent.parent / "tests" / "fixtures" / "paraphrase"
SPLIT = ("camera", "grocery", "logs")
BRANDS = (
    "sony canon nikon apple samsung kellogg's pepsi coke heinz hunt's bose hp sigma tamron gopro "
    "post lay's pringles dyson kitchenaid intel amd beats lg"
)
MOST_FALSE = 0.01
LOOK_UP = 1.3
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
    with (PAIRS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = [(one, other, what) for one, other, what in csv.reader(file, delimiter="\t")]
    return [Pair(*row, part=part_of(row[0], row[1]) if name in SPLIT else name) for row in rows]


def part_of(one: str, other: str) -> str:
    """Return "tune" or "held-out", from the text alone."""
    held = hashlib.blake2b(f"{one}\t{other}".encode(), digest_size=8).digest()[0] & 1
    return "held-out" if held else "tune"


def know(texts: Iterable[str]) -> dict[str, Known]:
    """Read and embed questions."""
    vocabulary = Vocabulary(brands=frozenset(BRANDS.split()))
    questions: dict[str, Question] = {}
    for text in sorted(set(texts)):
        try:
            questions[text] = read_question(text, vocabulary=vocabulary)
        except QuestionError:
            continue
    vectors = load_embedder("use").encode([text_to_embed(q) for q in questions.values()])
    known: dict[str, Known] = {}
    for (text, question), vector in zip(questions.items(), vectors, strict=True):
        asked = asked_of(question)
        known[text] = Known(question, asked, shape_of(asked), vector)
    return known


def most(wrong: int, count: int) -> float:
    """Return the upper end of the share of wrong ones, one-sided at 95%."""
    from scipy.stats import beta  # type: ignore[import-untyped]

    return 1.0 if wrong >= count else float(beta.ppf(0.95, wrong + 1, count - wrong))


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


def replay(known: dict[str, Known], meaning: dict[str, str]) -> list[Row]:
    """Ask every question once, each entry learning as it goes, with and without the guard."""
    texts = sorted(known)
    random.Random(0).shuffle(texts)
    rows: list[Row] = []
    for guarded in (False, True):
        entries: list[str] = []
        seen: dict[str, list[Observation]] = defaultdict(list)
        hits = wrong = watched = 0
        for text in texts:
            found = nearest(known, entries, text, guarded=guarded)
            if found is not None:
                name, similarity = found
                right = meaning[name] == meaning[text]
                same = guarded and kind_of(known[name].shape, known[text].shape) is Kind.SAME
                if same or similarity >= serving_from(seen[name]):
                    hits, wrong = hits + 1, wrong + (not right)
                else:
                    watched += 1
                    seen[name].append(Observation(similarity, right))
            entries.append(text)
        name = "guard and learned bound" if guarded else "learned bound alone"
        rows.append(
            {"path": name, "asked": len(texts), "served": hits, "false": wrong, "watched": watched}
        )
    return rows


def nearest(
    known: dict[str, Known], entries: list[str], text: str, *, guarded: bool
) -> tuple[str, float] | None:
    """Return the entry that comes nearest, a SAME one first."""
    own = known[text]
    allowed = [e for e in entries if not guarded or known[e].shape.hard == own.shape.hard]
    if guarded:
        same = [e for e in allowed if known[e].shape.form == own.shape.form]
        allowed = same or [e for e in allowed if known[e].shape.bag != own.shape.bag]
    if not allowed:
        return None
    similarity = np.stack([known[e].vector for e in allowed]) @ own.vector
    best = int(similarity.argmax())
    return allowed[best], float(similarity[best])


def enough(similarity: float) -> int:
    """Return how many right answers in a row at a similarity let an entry serve there."""
    for count in range(1, 401):
        if serving_from([Observation(similarity, True)] * count) <= similarity:
            return count
    return 0


def look_ups(count: int, rounds: int) -> list[Row]:
    """Time look-ups among `count` entries that all agree in what must agree: the worst case."""
    import faiss

    faiss.omp_set_num_threads(1)
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((count + rounds, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stored, wanted = vectors[:count], vectors[count:]
    bare = faiss.IndexFlatIP(512)
    bare.add(stored)
    tier = ParaphraseTier(None, 512, policy=Policy(least=-1.0))
    words = [f"{a}{b}" for a in "bcdfghklmn" for b in "aeiou" * 30]
    for row in range(count):
        name = f"thing{words[row % len(words)]} of{row:x}".translate(_LETTERS)
        tier.add(Asked("find", (("find", f"{name} sofa"),)), str(row), stored[row])
    probes = [Asked("find", (("find", f"{_name(n)} chair"),)) for n in range(rounds)]
    first = "thingba of0 couch".translate(_LETTERS)
    same = [Asked("find", (("find", first),), audience="") for _ in range(rounds)]
    none = [Asked("find", (("find", f"chair {n + 2} inch"),)) for n in range(rounds)]
    peers: dict[str, Callable[[int], object]] = {
        "bare faiss Flat": lambda n: bare.search(wanted[n][None, :], 1),
        "nearest, unproven": lambda n: tier.find(probes[n], "own", lambda: wanted[n]),
        "same form": lambda n: tier.find(same[n], "own", lambda: wanted[n]),
        "nothing agrees": lambda n: tier.find(none[n], "own", lambda: wanted[n]),
    }
    times: dict[str, list[int]] = {name: [] for name in peers}
    names, choose = list(peers), random.Random(1)
    for number in range(rounds):
        choose.shuffle(names)
        for name in names:
            began = time.perf_counter_ns()
            peers[name](number)
            times[name].append(time.perf_counter_ns() - began)
    middle = {name: float(np.median(values)) for name, values in times.items()}
    base = middle["bare faiss Flat"]
    return [
        {"path": f"{name}, {count:,}", "p50_us": value / 1e3, "ratio": value / base}
        for name, value in middle.items()
    ]


_LETTERS = str.maketrans("0123456789", "qrstuvwxyz")


def _name(number: int) -> str:
    return f"probe{number:x}".translate(_LETTERS)


def show(title: str, rows: list[Row]) -> None:
    """Print one table."""
    print(f"\n{title}")
    columns = list(rows[0])
    widths = [max(len(column), *(len(_cell(row[column])) for row in rows)) for column in columns]
    for cells in (columns, *([_cell(row[column]) for column in columns] for row in rows)):
        left, *others = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        print("  ".join((left.strip().ljust(widths[0]), *others)))


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def main(arguments: list[str]) -> int:
    """Run all and print; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--log", type=Path, help="a file of questions, one a line")
    parser.add_argument("--rounds", type=int, default=400, help="look-ups of each kind")
    options = parser.parse_args(arguments)
    if options.log is not None:
        lines = options.log.read_text(encoding="utf-8", errors="replace").splitlines()
        for one, other in served(know(line.strip() for line in lines if line.strip())):
            print(f"{one}  =  {other}")
        return 0
    pairs = [p for name in (*SPLIT, "adversarial", "second", "fresh") for p in read_pairs(name)]
    known = know(text for p in pairs for text in (p.one, p.other))
    crossed, wrong = cross(pairs, known)
    with threadpool_limits(1):
        timed = [row for count in (1_000, 10_000) for row in look_ups(count, options.rounds)]
    meaning = meanings([*pairs, *read_pairs("also_same")], known)
    tables: dict[str, list[Row]] = {
        "Pairs": quality(pairs, known),
        "All pairs of different questions": crossed,
        "Every question asked once": replay(known, meaning),
        "Right answers in a row before an entry serves a neighbour": [
            {"path": f"similarity {at}", "answers": enough(at)} for at in (0.8, 0.9, 0.95, 0.99)
        ],
        "Look-up, embedding excluded": timed,
    }
    if options.json:
        print(json.dumps(tables))
    else:
        for title, rows in tables.items():
            show(title, rows)
        print("\n".join(wrong))
    final = next(
        row
        for row in tables["Pairs"]
        if row["path"] == "guard (shipped)" and row["part"] == "never tuned on"
    )
    # The figure to reach is that at 10,000; among 1,000 reading the words outweighs the search.
    slow = [row for row in timed[4:] if float(row["ratio"]) > LOOK_UP]
    if not options.json:
        word = "on" if float(final["false <="]) <= MOST_FALSE else "off"
        print(f"\nFalse hits at most {final['false <=']:.2%}: the tier is {word}.")
    return 1 if slow or float(final["false <="]) > MOST_FALSE else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
