"""What job a product type does, judged from its name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from goeswith.engine.meaning.kinds import Kinds, embed_names, head_nouns, whole_name
from goeswith.engine.model import TypePath
from goeswith.engine.retrieval import load_embedder

TYPES: list[TypePath] = [
    ("Bakery", "Hamburger Buns"),
    ("Bakery", "Hot Dog Buns"),
    ("Garden", "Charcoal"),
    ("Garden", "Charcoal Lighter Fluid"),
    ("Cameras", "Mirrorless Cameras"),
    ("Camera Accessories", "Camera Bags"),
    (),
]
BURGER, HOT_DOG, CHARCOAL, FLUID, CAMERA, BAG, NONE = range(len(TYPES))


def made(types: Sequence[TypePath] = TYPES) -> Kinds:
    vectors = embed_names(types, load_embedder("hash"))
    return Kinds(types, vectors, np.ones(len(types), np.int64))


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("hamburger buns", {"bun"}),
        ("charcoal lighter fluid", {"fluid"}),
        ("cake decors and icing", {"decor", "icing"}),
        ("bags for cameras", {"bag", "camera"}),
        ("", set()),
        ("12", set()),
    ],
)
def test_head_nouns(name: str, heads: set[str]) -> None:
    assert head_nouns(name) == heads


def test_same_function() -> None:
    kinds = made()
    assert kinds.same_function(BURGER, HOT_DOG)
    assert kinds.same_function(HOT_DOG, BURGER)
    assert kinds.same_function(CAMERA, CAMERA)
    assert kinds.same_function(NONE, NONE)
    assert not kinds.same_function(CHARCOAL, FLUID)
    assert not kinds.same_function(CAMERA, BAG)
    assert not kinds.same_function(CAMERA, NONE)


def test_node_ids_lead_back_to_their_types() -> None:
    kinds = made()
    for type_id in range(len(TYPES)):
        assert kinds.type_id(kinds.node_id(type_id)) == type_id


def test_a_vague_name_is_told_with_its_shelf() -> None:
    kinds = made([("Frosting",), ("Pasta Sauce", "Premium")])
    assert kinds.label(0) == "frosting"
    assert kinds.label(1) == "premium (pasta sauce)"


def test_a_product_without_a_type_has_no_name_and_no_head() -> None:
    kinds = made()
    assert kinds.name(NONE) == ""
    assert kinds.label(NONE) == ""
    assert kinds.heads(NONE) == frozenset()
    assert kinds.segments(NONE) == ()


def test_names_are_embedded_once_each_and_by_the_last_of_the_path() -> None:
    types: list[TypePath] = [("A", "Tea"), ("B", "Tea"), ("Tea",), ("Tea", "Coffee")]
    vectors = embed_names(types, load_embedder("hash"))
    assert vectors.shape[0] == len(types)
    assert (vectors[0] == vectors[1]).all()
    assert (vectors[0] == vectors[2]).all()
    assert not (vectors[0] == vectors[3]).all()


def test_a_name_that_only_says_which_is_shown_with_its_shelf() -> None:
    assert whole_name(("Frozen", "Ice cream, ice milk", "Premium")) == "Premium ice cream, ice milk"
    assert whole_name(("Baking", "Frosting")) == "Frosting"
    assert whole_name(("Premium",)) == "Premium"
    assert whole_name(()) == ""
