from __future__ import annotations

from pathlib import Path

import numpy as np

from goeswith.engine.behaviour import Behaviour, mine_rows
from goeswith.eval.copurchase import grades_of, own_items

NAMES = ("Cake mix", "Frosting", "Candles", "Milk", "Nails", *(f"Thing {n}" for n in range(45)))
TYPES = [("T", name) for name in NAMES]
CAKE, FROSTING, CANDLES, MILK, NAILS = range(5)


def test_what_goes_together_is_graded_and_ubiquity_is_not(tmp_path: Path) -> None:
    pick = np.random.default_rng(0)
    baskets = []
    for number in range(3_000):
        held = set(pick.integers(MILK + 1, len(TYPES), size=8).tolist())
        held |= {MILK} if pick.random() < 0.6 else set()
        if number < 100:
            held.add(CAKE)
        if number < 80 or pick.random() < 0.02:
            held.add(FROSTING)
        if number < 30 or pick.random() < 0.08:
            held.add(CANDLES)
        baskets += [(number, kind) for kind in sorted(held)]
    ids, rows = np.array(baskets).T
    out = tmp_path / "behaviour"
    mine_rows(
        ids.astype(np.int64),
        rows.astype(np.int32),
        None,
        out,
        type_of=np.arange(len(TYPES), dtype=np.int32),
        n_types=len(TYPES),
        n_rows=len(TYPES),
    )
    behaviour = Behaviour.open(out)
    graded = grades_of(behaviour, TYPES, CAKE, (1.5, 3.0, 6.0))
    assert graded["T > Frosting"] > graded.get("T > Candles", 0) > 0
    assert graded.keys() == {"T > Frosting", "T > Candles"}
    strict = grades_of(behaviour, TYPES, CAKE, (4.0,))
    assert strict == {"T > Frosting": 1}


SHELVES = [
    ("Dairy", "Milk"),
    ("Dairy", "Cream"),
    ("Powders", "Milk"),
    ("Tools", "Nails"),
    ("Eggs",),
]


def test_the_anchor_itself_answers_nothing() -> None:
    assert own_items(SHELVES, 0, shelf=False) == {"Dairy > Milk"}


def test_kin_are_of_the_same_category_or_name() -> None:
    assert own_items(SHELVES, 0, shelf=True) == {"Dairy > Milk", "Dairy > Cream", "Powders > Milk"}
    assert own_items([*SHELVES, ()], 4, shelf=True) == {"Eggs"}
