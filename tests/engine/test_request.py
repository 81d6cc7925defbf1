"""The request object: bounds, budgets that only go down, baskets that are part of the meaning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goeswith.engine.answer import Answer
from goeswith.engine.budget import Budget
from goeswith.engine.engine import Engine
from goeswith.engine.errors import RequestError
from goeswith.engine.profile import Profile
from goeswith.engine.request import Limits, Request, as_request, read_request

WHAT_ELSE = "what else do I need"


def skus(answer: Answer) -> list[str]:
    return [product.sku for group in answer.data().groups for product in group.products]


BAD = {
    "not an object": "[]",
    "not JSON": "{question",
    "no question": "{}",
    "unknown field": '{"question": "milk", "prompt": "x"}',
    "unknown field of the profile": '{"question": "milk", "profile": {"name": "Jo"}}',
    "unknown field of the budget": '{"question": "milk", "budget": {"patience": 1}}',
    "unknown include": '{"question": "milk", "include": ["margin"]}',
    "question of a wrong type": '{"question": 7}',
    "too large a basket": json.dumps({"question": "milk", "basket": ["s"] * 101}),
    "too long a SKU": json.dumps({"question": "milk", "basket": ["s" * 201]}),
    "empty SKU": '{"question": "milk", "basket": [""]}',
    "control character in a SKU": '{"question": "milk", "basket": ["a\\u0000b"]}',
    "control character in the question": '{"question": "milk\\u0007"}',
    "control character in the profile": '{"question": "milk", "profile": {"likes": ["\\u001b["]}}',
    "lone surrogate": '{"question": "milk \\ud800"}',
    "too many wishes": json.dumps({"question": "milk", "profile": {"likes": ["a"] * 21}}),
    "too long a wish": json.dumps({"question": "milk", "profile": {"avoids": ["a" * 81]}}),
    "negative budget": '{"question": "milk", "budget": {"deadline_ms": -5}}',
    "deeply nested": '{"question": ' + "[" * 100_000,
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD)
def test_a_malformed_request_is_refused_in_a_sentence(raw: str) -> None:
    with pytest.raises(RequestError, match=r"\.$"):
        read_request(raw)


def test_a_request_reads_back_as_it_was_written() -> None:
    raw = {
        "question": "milk\nand honey",
        "locale": "en-us",
        "basket": ["A", "B"],
        "profile": {"likes": ["organic"], "price": "low"},
        "budget": {"needs": 3},
        "include": ["price"],
    }
    request = read_request(json.dumps(raw))
    assert request == Request(
        "milk\nand honey",
        "en-us",
        ("A", "B"),
        Profile(likes=("organic",), price="low"),
        Limits(needs=3),
        ("price",),
    )


def test_typed_text_may_hold_control_characters() -> None:
    assert as_request("milk\x00and\x1bhoney").question == "milk and honey"


def test_a_budget_can_be_lowered_and_never_raised() -> None:
    ceiling = Budget(deadline_ms=500, lm_calls=2, needs=6)
    asked = Limits(deadline_ms=600_000, lm_calls=0, needs=3)
    assert Request("milk", budget=asked).within(ceiling) == Budget(
        deadline_ms=500, lm_calls=0, needs=3
    )


def test_the_basket_is_part_of_the_key_in_any_order(engine: Engine) -> None:
    keys = [
        engine.read(Request("lens", basket=basket))[1]
        for basket in ((), ("CAM-R10",), ("CAM-R10", "BAT-LPE17"), ("BAT-LPE17", "CAM-R10"))
    ]
    assert len(set(keys)) == 3
    assert keys[2] == keys[3]
    again = Request("lens", basket=("CAM-R10", "CAM-R10"))
    assert engine.read(again)[1] == keys[1]


def test_unknown_skus_are_named(engine: Engine) -> None:
    with pytest.raises(RequestError, match="does not have: NO-SUCH, NOR-THIS"):
        engine.ask(Request("lens", basket=("NOR-THIS", "CAM-R10", "NO-SUCH")))


def test_what_is_offered_fits_the_basket(engine: Engine) -> None:
    """Mounts decide, although the question does not name the camera."""
    free = set(skus(engine.ask("telephoto lens")))
    bound = engine.ask(Request("telephoto lens", basket=("CAM-R10",)))
    catalog = engine.shop.catalog
    mounts = {
        catalog.product(row).attributes.get("mount", "")
        for sku in skus(bound)
        if (row := catalog.row(sku)) is not None
    }
    assert mounts
    assert mounts <= {"RF", "RF-S"}
    assert free - set(skus(bound))


def test_with_two_cameras_a_lens_for_either_is_offered(engine: Engine) -> None:
    basket = ("CAM-R10", "CAM-Z50")
    answer = engine.ask(Request("telephoto lens", basket=basket, budget=Limits(products=100)))
    ids = skus(answer)
    assert any(sku.startswith("LEN-RF") for sku in ids)
    assert not any(sku.startswith(("LEN-XF", "LEN-E")) for sku in ids)


def test_what_is_in_the_basket_is_never_offered(engine: Engine) -> None:
    offered = skus(engine.ask("memory card"))
    again = engine.ask(Request("memory card", basket=tuple(offered[:2])))
    assert skus(again)
    assert not set(skus(again)) & set(offered[:2])


@pytest.mark.parametrize("question", [WHAT_ELSE, "complete my basket", "what goes with this?"])
def test_a_basket_is_completed(question: str, engine: Engine) -> None:
    answer = engine.ask(Request(question, basket=("CAM-R10",)))
    body = answer.data()
    assert body.canonical == "[complement] [basket]"
    types = {product.product_type[-1] for group in body.groups for product in group.products}
    assert "Memory Cards" in types
    assert "Mirrorless Cameras" not in types
    assert "CRD-CFEB" not in skus(answer)
    ends = {edge.source for edge in body.graph.edges}
    assert "sku:CAM-R10" in ends
    assert answer.body == engine.ask(Request(WHAT_ELSE, basket=("CAM-R10",))).body


def test_a_need_that_the_basket_covers_is_not_offered_again(engine: Engine) -> None:
    birds = "what do I need to photograph birds"
    without = engine.ask(birds).data()
    covered = engine.ask(Request(birds, basket=("CAM-R10",))).data()
    cameras = [n.id for n in covered.plan.needs if n.anchor and n.phrase]
    assert cameras
    assert not any(sku.startswith("CAM-") for g in covered.groups for sku in [g.products[0].sku])
    assert any(g.products[0].sku.startswith("CAM-") for g in without.groups)


def test_the_answer_to_a_basket_is_stored_and_found(engine: Engine) -> None:
    request = Request(WHAT_ELSE, basket=("CAM-R10",))
    first, second = engine.ask(request), engine.ask(request)
    assert (first.cache.tier, second.cache.tier) == ("none", "memory")
    assert first.body == second.body


def test_without_a_basket_the_question_names_nothing(engine: Engine) -> None:
    from goeswith.engine.errors import QuestionError

    with pytest.raises(QuestionError):
        engine.ask("what else do I need?")


def test_profile_and_price_leave_no_trace(engine: Engine, home: Path) -> None:
    plain = engine.ask("camera battery")
    wish = Profile(likes=("zanzibar",), brands=("Nikon",), price="high")
    shown = engine.ask(Request("camera battery", profile=wish, include=("price",)))
    assert shown.cache.tier == "memory"
    assert shown.cache.key == plain.cache.key
    assert engine.ask("camera battery").body == plain.body
    kept = b"".join(p.read_bytes() for p in (home / "cache").rglob("*") if p.is_file())
    assert b"zanzibar" not in kept
    assert b"zanzibar" not in shown.json()
