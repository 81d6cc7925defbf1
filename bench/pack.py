"""Measures how the starter pack agrees with what shoppers did.

The pack was written by hand and never saw a basket. Its relations, in terms of this shop's product
types, are looked up in mined baskets: bought together more than chance, less than chance although
there was ample opportunity, or too seldom to tell. Beside it, the same types in random pairs.

python bench/pack.py                     on the grocery data, indexed into a temporary home
python bench/pack.py --home .goeswith    on a home of your own
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from goeswith.engine.engine import Engine
from goeswith.engine.index.shop import Shop
from goeswith.engine.model import Relation
from goeswith.engine.settings import load_settings

SURE = 0.4
"""A phrase that matches a type less is not grounded: the engine does not serve it either."""

DRAWS = 20
"""Random partners for each pair of the baseline."""

TOGETHER = (
    Relation.OFTEN_BOUGHT_WITH,
    Relation.ACCESSORY,
    Relation.REQUIRED_PART,
    Relation.PART_OF_SET,
)
VERDICTS = ("supports", "contradicts", "unknown")

Pair = tuple[int, int]


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="the starter pack beside baskets")
    parser.add_argument("--home", type=Path, help="an indexed home [the grocery demo]")
    chosen = parser.parse_args(arguments)
    if chosen.home is not None:
        report(chosen.home)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if index_groceries(home):
            report(home)
    return 0


def report(home: Path) -> None:
    """Print what baskets say about the pack in one shop."""
    with Engine.open(home, settings=load_settings(flags={"home": str(home)})) as engine:
        shop = engine.shop
    pack = shop.pack
    said = [entry for entry in pack.relations if entry.relation in TOGETHER]
    pairs = {entry: pair for entry in said if (pair := grounded(shop, entry.head, entry.tail))}
    print(
        f"{len(pack.relations):,} relations, {len(said):,} of them of things that go together, "
        f"{len(pairs):,} with both ends in this shop; {shop.behaviour.baskets:,} baskets\n"
    )
    print(f"{'':34}{'pairs':>6}{'supported':>24}{'contradicted':>24}{'unknown':>10}")
    for relation in TOGETHER:
        own = distinct(pair for entry, pair in pairs.items() if entry.relation is relation)
        row(relation.value, shop, own)
    every = distinct(pairs.values())
    row("all that go together", shop, every)
    row("  the same types, random pairs", shop, shuffled(every))
    needs = distinct(needs_together(shop))
    row("needs of one activity", shop, needs)
    row("  the same types, random pairs", shop, shuffled(needs))
    instead = distinct(
        pair
        for entry in pack.relations
        if entry.relation is Relation.SUBSTITUTE
        and (pair := grounded(shop, entry.head, entry.tail))
    )
    row("substitutes (no agreement asked)", shop, instead)


def grounded(shop: Shop, head: str, tail: str) -> Pair | None:
    """Return the types two phrases mean here, None where one means nothing or both the same."""
    ends = [shop.grounding.meanings(phrase)[:1] for phrase in (head, tail)]
    if not all(end and end[0].score >= SURE for end in ends):
        return None
    a, b = (end[0].type_id for end in ends)
    return None if shop.kinds.same_function(a, b) else (a, b)


def needs_together(shop: Shop) -> Iterable[Pair]:
    """Yield the pairs of needs of every activity."""
    for activity in shop.pack.activities:
        for one, other in itertools.combinations(activity.needs, 2):
            pair = grounded(shop, one.phrase, other.phrase)
            if pair:
                yield pair


def distinct(pairs: Iterable[Pair]) -> list[Pair]:
    """Return each pair of types once, whichever way round."""
    return list({frozenset(pair): pair for pair in pairs}.values())


def shuffled(pairs: Sequence[Pair]) -> list[Pair]:
    """Return random pairs of the same ends, so that popular types stay as frequent as they are."""
    pick = random.Random(20261125)
    known = {frozenset(pair) for pair in pairs}
    tails = [b for _, b in pairs]
    drawn = ((a, pick.choice(tails)) for a, _ in pairs for _ in range(DRAWS))
    return [(a, b) for a, b in drawn if a != b and frozenset((a, b)) not in known]


def row(name: str, shop: Shop, pairs: Sequence[Pair]) -> None:
    """Print the shares of the three verdicts, two of them with 95% intervals."""
    if not pairs:
        print(f"{name:34}{0:6}")
        return
    counts = Counter(shop.behaviour.type_pair(a, b).verdict for a, b in pairs)
    shares = [counts[verdict] for verdict in VERDICTS]
    told = "".join(f"{share(count, len(pairs)):>24}" for count in shares[:2])
    print(f"{name:34}{len(pairs):6}{told}{shares[2] / len(pairs):10.0%}")


def share(count: int, total: int) -> str:
    """Return a share with its Wilson 95% interval."""
    z = 1.96
    p = count / total
    middle = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(p * (1 - p) / total + z * z / (4 * total**2))
    return f"{p:.1%} [{max(0, middle - half):.1%}, {min(1, middle + half):.1%}]"


def index_groceries(home: Path) -> bool:
    """Index the demo's data; return False where it is not installed."""
    from goeswith.engine.cli.demo import grocery_files
    from goeswith.engine.errors import GoeswithError
    from goeswith.engine.index.home import Home
    from goeswith.engine.index.indexing import index
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    try:
        catalog, baskets = grocery_files()
    except GoeswithError as error:
        print(f"left out: {error}")
        return False
    index(
        Home(home),
        [catalog],
        [baskets],
        feed="completejourney",
        field_map=None,
        embedder=load_embedder("use"),
        pack=load_pack(),
        progress=lambda *_: None,
    )
    return True


if __name__ == "__main__":
    sys.exit(main())
