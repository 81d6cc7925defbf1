"""Measure the paraphrase tier: false hits and hits on its test pairs, and its look-ups.

    python bench/paraphrase.py            both; exits with 1 when a target is missed
    python bench/paraphrase.py --json     one JSON object instead of tables
    python bench/paraphrase.py --log F    the same over a log of your own, one question a line

Bounds are one-sided Clopper-Pearson bounds at 95%. Look-ups are timed beside a bare faiss Flat
search of the same vectors and beside GPTCache, turn about, on one thread, without embedding.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from threadpoolctl import threadpool_limits

from cache import gptcache, keys_of
from goeswith.cache.paraphrase import Asked, Kind, ParaphraseTier, Policy
from goeswith.cache.paraphrase.bound import Observation, serving_from
from goeswith.cache.paraphrase.guard import kind_of
from goeswith.eval.paraphrase import (
    FILES,
    Known,
    Row,
    cross,
    know,
    meanings,
    quality,
    read_pairs,
    served,
)

MOST_FALSE = 0.01
LOOK_UP = 1.3


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


def look_ups(count: int, rounds: int, folder: Path) -> list[Row]:
    """Time look-ups among `count` entries that all agree in what must agree: the worst case.

    GPTCache looks for its own nearest vector among as many, and reads what it finds.
    """
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
    with gptcache(folder / str(count), keys_of(count), "x", near=True) as near:
        if near is not None:
            asked = keys_of(count)[:rounds]
            peers["GPTCache, nearest"] = lambda n: near(asked[n])
        return _timed(peers, count, rounds)


def _timed(peers: dict[str, Callable[[int], object]], count: int, rounds: int) -> list[Row]:
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
    pairs = [p for name in FILES for p in read_pairs(name)]
    known = know(text for p in pairs for text in (p.one, p.other))
    crossed, wrong = cross(pairs, known)
    with threadpool_limits(1), TemporaryDirectory() as name:
        sizes = (1_000, 10_000)
        timed = [row for count in sizes for row in look_ups(count, options.rounds, Path(name))]
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
    slow = [
        row
        for row in timed
        if row["path"] == f"nearest, unproven, {sizes[-1]:,}" and float(row["ratio"]) > LOOK_UP
    ]
    if not options.json:
        word = "on" if float(final["false <="]) <= MOST_FALSE else "off"
        print(f"\nFalse hits at most {final['false <=']:.2%}: the tier is {word}.")
    return 1 if slow or float(final["false <="]) > MOST_FALSE else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
