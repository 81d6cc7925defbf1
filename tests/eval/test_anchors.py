from __future__ import annotations

import numpy as np

from goeswith.eval.anchors import AnchorRules, draw, phrase_of

RULES = AnchorRules(
    least_baskets=10, least_truth=1, name_share=0.8, head_share=0.5, not_words=("misc",)
)
COUNT = 40
TYPES = [("Shelf", f"Thing {number}") for number in range(COUNT)]
LEARNT = np.arange(COUNT, dtype=np.int64)[::-1].copy()
LATER = np.full(COUNT, 20, dtype=np.int64)
TRUTH = {number: {"Shelf > Other": 1} for number in range(COUNT)}


def test_half_is_head_and_half_is_tail() -> None:
    found = draw(TYPES, learnt=LEARNT, later=LATER, truth=TRUTH, rules=RULES, count=12, seed=1)
    assert (len(found.head), len(found.tail), found.able) == (6, 6, COUNT)
    assert max(found.head) < COUNT // 2 <= min(found.tail)
    assert len({*found.head, *found.tail}) == 12


def test_a_seed_decides_the_draw_and_a_bigger_draw_begins_with_the_smaller() -> None:
    def drawn(count: int, seed: int) -> tuple[int, ...]:
        return draw(
            TYPES, learnt=LEARNT, later=LATER, truth=TRUTH, rules=RULES, count=count, seed=seed
        ).head

    assert drawn(12, 1) == drawn(12, 1) != drawn(12, 2)
    assert drawn(20, 1)[:6] == drawn(12, 1)


def test_more_than_there_are_gives_all() -> None:
    found = draw(TYPES, learnt=LEARNT, later=LATER, truth=TRUTH, rules=RULES, count=99, seed=1)
    assert sorted((*found.head, *found.tail)) == list(range(COUNT))


def test_what_cannot_be_asked_is_counted_by_reason() -> None:
    types = [("A", "Soap"), ("B", "Soap"), ("A", "Misc soap"), ("A", "Salt"), ("A", "Rare"), ()]
    later = np.array([90, 10, 50, 50, 9, 99], dtype=np.int64)
    truth = {number: {"x": 1} for number in (0, 1, 2, 4, 5)}
    found = draw(types, learnt=later, later=later, truth=truth, rules=RULES, count=9, seed=1)
    assert (*found.head, *found.tail) == (0,)
    assert found.left_out == {
        "another type has the same name": 1,
        "the name is no shopper's word": 1,
        "too few significant co-purchases": 1,
    }


def test_a_phrase_is_the_types_own_name() -> None:
    assert phrase_of(("Baking mixes", "Layer cake mix")) == "layer cake mix"
    assert phrase_of(()) == ""
