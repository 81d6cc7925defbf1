"""Promises 1, 2, 3: known products, no circles, nothing without evidence. For any shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goeswith.engine.budget import Budget
from goeswith.engine.engine import Engine
from goeswith.engine.gate.attributes import AttributeCheck
from goeswith.engine.gate.behaviour import BehaviourCheck
from goeswith.engine.gate.form import FormCheck
from goeswith.engine.gate.plausibility import PlausibilityCheck
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.gate.types import TypeCheck
from goeswith.engine.model import Relation
from goeswith.engine.pack import Pack
from goeswith.engine.pack.schema import Activity, PackNeed, PackRelation

KINDS = ("Cake Mix", "Frosting", "Mirrorless Cameras", "Camera Lenses", "Lens Filters", "Tea")
ADJECTIVES = ("Red", "Fine", "Old", "R10", "X-T5", "20")
RELATIONS = (
    Relation.ACCESSORY,
    Relation.REQUIRED_PART,
    Relation.OFTEN_BOUGHT_WITH,
    Relation.SUBSTITUTE,
    Relation.COMPATIBLE_WITH,
    Relation.PART_OF_SET,
)

kind = st.sampled_from(KINDS)


@st.composite
def products(draw: st.DrawFn) -> list[dict[str, str]]:
    rows = []
    for number in range(draw(st.integers(1, 24))):
        own = draw(kind)
        shelf = draw(st.sampled_from(("", "Shop > ", "Other > ")))
        rows.append(
            {
                "sku": f"s{number}",
                "title": f"{draw(st.sampled_from(ADJECTIVES))} {own}",
                "brand": draw(st.sampled_from(("", "Acme", "Best"))),
                "product_type": draw(st.sampled_from((f"{shelf}{own}", ""))),
                "price": draw(st.sampled_from(("", "5", "50"))),
                "attr.mount": draw(st.sampled_from(("", "RF", "Z"))),
                "attr.diameter": draw(st.sampled_from(("", "58 mm", "67 mm"))),
                "attr.filter_thread": draw(st.sampled_from(("", "58 mm", "67 mm"))),
            }
        )
    return rows


@st.composite
def packs(draw: st.DrawFn, base: Pack) -> Pack:
    """A pack whose relations and needs may run in circles."""
    names = [name.lower() for name in KINDS]
    relations = draw(
        st.lists(
            st.builds(
                PackRelation,
                st.sampled_from(names),
                st.sampled_from(RELATIONS),
                st.sampled_from(names),
                st.just("They belong together on one table."),
            ),
            max_size=12,
        )
    )
    needs = [
        PackNeed(
            id=f"k{number}",
            phrase=name,
            reason=f"Nothing works without some {name}.",
            after=tuple(draw(st.lists(st.sampled_from([f"k{n}" for n in range(6)]), max_size=3))),
            relation=draw(st.sampled_from(RELATIONS)),
            anchor=draw(st.booleans()),
        )
        for number, name in enumerate(draw(st.permutations(names)))
    ]
    party = Activity(id="party", names=("garden party",), needs=tuple(needs))
    return Pack(
        version="drawn",
        activities=(party,),
        relations=tuple(relations),
        rules=base.rules,
        accepts=base.accepts,
        adapters=base.adapters,
        aliases={},
        generic=base.generic,
    )


QUESTIONS = st.lists(
    st.one_of(
        st.builds(
            str.format,
            st.sampled_from(
                (
                    "what goes with {}",
                    "accessories for {}",
                    "instead of {}",
                    "{}",
                    "{} under $20 not Acme",
                    "what do I need for a garden party with {}",
                )
            ),
            kind,
        ),
        st.builds("{} for {}".format, kind, kind),
        st.just("garden party"),
        st.text(min_size=1, max_size=30).map(lambda text: f"tea {text}"),
    ),
    min_size=1,
    max_size=5,
)

sizes = st.builds(
    Budget,
    needs=st.integers(1, 8),
    products=st.integers(1, 5),
    edges=st.integers(0, 60),
    rounds=st.integers(1, 4),
)


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_answer_of_any_shop_is_sound(
    data: st.DataObject, make: Any, assert_sound: Callable[..., None]
) -> None:
    rows = data.draw(products())
    baskets = data.draw(
        st.lists(st.lists(st.sampled_from([r["sku"] for r in rows]), max_size=6), max_size=30)
    )
    pack = data.draw(packs(make.small_pack()))
    budget = data.draw(sizes)
    titles = {row["sku"]: row["title"] for row in rows}
    engine = make.shop(rows, baskets, pack=pack)
    for question in data.draw(QUESTIONS):
        answer = engine.ask(question, budget=budget, use_cache=False)
        assert_sound(answer.data(), titles, budget)
        for edge in engine.explain(question).refused:
            assert not edge.verdict.accepted
            assert edge.verdict.reason


def test_products_without_a_type_are_no_kind_of_product(
    make: Any, assert_sound: Callable[..., None]
) -> None:
    rows = [
        {"sku": "s0", "title": "Red Cake Mix", "product_type": "Cake Mix"},
        {"sku": "s1", "title": "Old Tea", "product_type": ""},
        {"sku": "s2", "title": "Fine Tea", "product_type": ""},
    ]
    baskets = [["s0", "s1"], ["s0", "s2"]] * 20 + [["s1"], ["s2"]] * 5
    engine = make.shop(rows, baskets)
    titles = {row["sku"]: row["title"] for row in rows}
    for question in ("instead of Old Tea", "what goes with cake mix", "what goes with Old Tea"):
        body = engine.ask(question).data()
        assert_sound(body, titles)
        assert "type:" not in {node.id for node in body.graph.nodes}
    assert [g.products[0].sku for g in engine.ask("instead of Old Tea").data().groups] == ["s2"]


QUESTION = "what do I need to photograph birds with a Canon EOS R10"


def test_every_edge_is_accepted_by_all_checks(engine: Engine) -> None:
    body = engine.ask(QUESTION).data()
    assert body.graph.edges
    for edge in body.graph.edges:
        assert edge.verdict.checks == (
            "form",
            "types",
            "attributes",
            "behaviour",
            "plausibility",
            "critic",
        )


@pytest.mark.parametrize(
    "check", [FormCheck, TypeCheck, AttributeCheck, BehaviourCheck, PlausibilityCheck]
)
def test_a_check_that_raises_refuses_everything(
    check: type, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    assert engine.ask(QUESTION, use_cache=False).data().groups
    monkeypatch.setattr(check, "object_to", broken)
    explanation = engine.explain(QUESTION)
    body = explanation.answer.data()
    assert body.groups == ()
    assert body.graph.edges == ()
    reasons = {edge.verdict.reason for edge in explanation.refused}
    assert "check_failed" in reasons
    for edge in explanation.refused:
        if edge.verdict.reason == "check_failed":
            assert edge.verdict.checks[-1] == check.name  # type: ignore[attr-defined]
            assert edge.verdict.detail == f"the check {edge.verdict.checks[-1]} could not run"


def test_a_missing_policy_refuses(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_policy()
    without = {r: d for r, d in whole.relation.items() if r is not Relation.COMPATIBLE_WITH}
    policy = msgspec.structs.replace(whole, relation=without)
    monkeypatch.setattr("goeswith.engine.gate.gate.load_policy", lambda: policy)
    body = engine.ask("lens for Canon EOS R10", use_cache=False).data()
    assert body.groups == ()


def test_every_shipped_question_of_the_fixture_is_sound(
    engine: Engine, titles: dict[str, str], assert_sound: Callable[..., None]
) -> None:
    for title in list(titles.values())[::9]:
        for pattern in ("what goes with {}", "{}", "instead of {}", "accessories for {}"):
            body = engine.ask(pattern.format(title), use_cache=False).data()
            assert_sound(body, titles, Budget())
