"""Do two products fit? By attributes, and by models that titles name."""

from __future__ import annotations

import numpy as np
import pytest

from goeswith.engine.meaning.compatibility import Compatibility
from goeswith.engine.meaning.kinds import Kinds
from goeswith.engine.model import Product, TypePath
from goeswith.engine.pack import load_pack

TYPES: list[TypePath] = [
    ("Cameras", "Mirrorless Cameras"),
    ("Lenses", "Telephoto Lenses"),
    ("Accessories", "Camera Batteries"),
    ("Accessories", "Camera Bags"),
    ("Phones", "Phone Cases"),
]
CAMERA, LENS, BATTERY, BAG, CASE = range(len(TYPES))


def made() -> Compatibility:
    vectors = np.eye(len(TYPES), dtype=np.float32)
    return Compatibility(load_pack(), Kinds(TYPES, vectors, np.ones(len(TYPES), np.int64)))


def product(title: str, **attributes: str) -> Product:
    return Product(title, title, attributes=attributes)


def findings(a: Product, a_type: int, b: Product, b_type: int) -> dict[str, str]:
    return {r.rule: r.finding for r in made().rulings(a, a_type, b, b_type)}


R10 = product("Canon EOS R10 Body", model="EOS R10", mount="RF", battery="LP-E17")


@pytest.mark.parametrize(
    ("mount", "finding"), [("RF", "accept"), ("rf-s", "accept"), ("EF", "reject"), ("", "unknown")]
)
def test_a_mount(mount: str, finding: str) -> None:
    lens = product("Some Lens", mount=mount)
    assert findings(R10, CAMERA, lens, LENS) == {"camera-lens-mount": finding}
    assert findings(lens, LENS, R10, CAMERA) == {"camera-lens-mount": finding}


def test_every_ruling_says_why() -> None:
    for mount in ("RF", "EF"):
        (ruling,) = made().rulings(R10, CAMERA, product("Lens", mount=mount), LENS)
        assert "mount" in ruling.reason


def test_rules_are_only_asked_about_their_kinds() -> None:
    compatibility = made()
    assert compatibility.has_rule(CAMERA, LENS)
    assert compatibility.has_rule(BATTERY, CAMERA)
    assert not compatibility.has_rule(CAMERA, BAG)
    assert not compatibility.has_rule(CAMERA, -1)
    assert not compatibility.has_rule(-1, -1)
    assert findings(R10, CAMERA, product("Bag", mount="EF"), BAG) == {}


@pytest.mark.parametrize(
    ("device", "other", "named"),
    [
        ("Acme EOS R10 Body", "Half Case for EOS R10", True),
        ("Acme EOS R10 Body", "Half Case for EOS R100", False),
        ("Apple iPhone 15 Black", "Case for iPhone 15", True),
        ("Apple iPhone 15 Black", "Case for iPhone 14", False),
        ("Maple Syrup 24 oz", "Light Syrup 24 oz", False),
        ("Cola 12 pk", "Cola 12 pk", False),
        ("Cola Pack-12-oz", "Tea Pack-12-oz", False),
        ("Plain Tea", "Plain Tea", False),
    ],
)
def test_a_model_named_in_the_title(device: str, other: str, named: bool) -> None:
    found = findings(product(device), CAMERA, product(other), BAG)
    assert found == ({"model_named": "accept"} if named else {})


def test_a_list_of_fitting_models_counts_as_naming() -> None:
    case = product("Tough Case", fits="iPhone 14|iPhone 15")
    phone = product("Phone", model="iPhone 15")
    assert findings(phone, BAG, case, CASE) == {"model_named": "accept"}
