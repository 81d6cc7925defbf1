"""Edges put together into needs: by job, by name, and by how much each speaks."""

from __future__ import annotations

import numpy as np

from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Edge, Evidence, Relation, TypePath, Verdict
from goeswith.engine.planner.clusters import by_function, by_name, strength

TYPES: list[TypePath] = [
    ("Charcoal",),
    ("Bread", "Hot dog buns"),
    ("Bread", "Hamburger buns"),
    ("Deli", "Hot dog buns"),
    ("Sauces", "Ketchup"),
]
CHARCOAL, HOT_DOG, HAMBURGER, DELI, KETCHUP = (f"type:{' > '.join(path)}" for path in TYPES)
WEIGHTS = {CHARCOAL: 1.0}


def kinds() -> Kinds:
    return Kinds(TYPES, np.eye(len(TYPES), dtype=np.float32), np.ones(len(TYPES), np.int64))


def bought(target: str, support: int, expected: float, score: float = 0.9) -> Edge:
    item = Evidence(
        "behaviour", "supports", score, "baskets/types", "1", support=support, expected=expected
    )
    verdict = Verdict(True, ("form",))
    relation = Relation.OFTEN_BOUGHT_WITH
    return Edge(f"e{target}", CHARCOAL, target, relation, score, "", (item,), verdict)


def targets(edges: list[Edge]) -> list[list[str]]:
    return [[e.target for _, e in cluster] for cluster in by_function(edges, WEIGHTS, kinds())]


def test_what_does_the_same_job_about_as_strongly_is_one_need() -> None:
    edges = [bought(HAMBURGER, 95, 10.0), bought(HOT_DOG, 100, 10.0), bought(KETCHUP, 50, 10.0)]
    assert targets(edges) == [[HOT_DOG, HAMBURGER], [KETCHUP]]


def test_a_weak_follower_is_a_need_of_its_own_further_down() -> None:
    edges = [bought(HAMBURGER, 14, 10.0), bought(HOT_DOG, 100, 10.0), bought(KETCHUP, 50, 10.0)]
    assert targets(edges) == [[HOT_DOG], [KETCHUP], [HAMBURGER]]


def test_types_of_one_name_are_one_need_however_weak() -> None:
    edges = [bought(DELI, 14, 10.0), bought(HOT_DOG, 100, 10.0)]
    assert targets(edges) == [[HOT_DOG, DELI]]


def test_rare_shelves_of_a_name_are_left_out_where_names_decide() -> None:
    edges = [bought(DELI, 11, 10.0), bought(HOT_DOG, 100, 10.0), bought(HAMBURGER, 90, 10.0)]
    found = [[e.target for _, e in cluster] for cluster in by_name(edges, WEIGHTS, kinds())]
    assert found == [[HOT_DOG], [HAMBURGER]]


def test_strength_grows_with_support_and_with_lift() -> None:
    assert strength(bought(KETCHUP, 200, 20.0)) > strength(bought(KETCHUP, 20, 2.0))
    assert strength(bought(KETCHUP, 40, 10.0, 0.9)) > strength(bought(KETCHUP, 40, 10.0, 0.55))


def test_nothing_is_brought_up_by_what_was_not_meant() -> None:
    (cluster,) = by_function([bought(KETCHUP, 50, 10.0)], {}, kinds())
    assert cluster[0][0] == 0.0
