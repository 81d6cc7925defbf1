from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from goeswith.engine.model import Relation
from goeswith.prompts import (
    EXTEND,
    JUDGE,
    LM,
    NAME_WHY,
    PHRASE,
    PLAN,
    RELATE,
    Anchor,
    Bought,
    ClaimAsk,
    ExtendAsk,
    Failed,
    JudgeAsk,
    NameWhyAsk,
    PhraseAsk,
    PlanAsk,
    RelateAsk,
    Tally,
    Thing,
)
from goeswith.prompts.judge import QUESTIONS
from goeswith.prompts.reply import ReplyError
from goeswith.prompts.words import ACTIVITY_RELATIONS, PAIR_RELATIONS, STATEMENTS, TRUE_IF

MakeLM = Callable[..., LM]


def _relate_ask() -> RelateAsk:
    return RelateAsk(
        anchors=(
            Anchor(Thing("sku-1", "Camera body")),
            Anchor(Thing("birds", "photographing birds"), kind="activity"),
        ),
        candidates=(
            Thing("sku-2", "Zoom lens"),
            Thing("sku-3", "Camera bag"),
            Thing("sku-4", "Banana"),
        ),
        pairs=((0, 0), (0, 1), (0, 2), (1, 0), (1, 2)),
    )


def test_words_are_the_engines_words() -> None:
    ours = {*PAIR_RELATIONS, *ACTIVITY_RELATIONS}
    assert ours | {"satisfies"} == {relation.value for relation in Relation}
    assert set(STATEMENTS) == ours


def test_plan_gives_needs_with_dependencies(make_lm: MakeLM) -> None:
    lm = make_lm()
    plan = PLAN.ask(lm, PlanAsk("kit for photographing birds"), lm.within(5))
    assert not isinstance(plan, Failed)
    assert [(n.id, n.phrase, n.depends_on) for n in plan.needs] == [
        ("n1", "camera body", ()),
        ("n2", "long zoom lens", ("n1",)),
        ("n3", "memory card", ("n1",)),
        ("n4", "tripod", ("n1", "n2")),
    ]
    assert [n.anchor for n in plan.needs] == [True, False, False, False]
    assert not plan.one_need


def test_plan_of_one_need_keeps_only_constraints_in_the_question(make_lm: MakeLM) -> None:
    lm = make_lm()
    plan = PLAN.ask(lm, PlanAsk("a camera bag under $300"), lm.within(5))
    assert not isinstance(plan, Failed)
    assert plan.one_need
    assert plan.needs[0].wanted.price_max == 300.0
    other = PLAN.ask(lm, PlanAsk("a camera bag under $200"), lm.within(5))
    assert not isinstance(other, Failed)
    assert other.needs[0].wanted.price_max is None
    assert dict(other.dropped) == {"constraint not in the question": 1}


def test_plan_shows_whole_names_each_in_one_list() -> None:
    asking = PlanAsk("q", hints=("salsa", "dips", "x" * 101), together=("salsa",))
    given: Any = PLAN.inputs(asking)
    assert (given["bought_with_it"], given["sold_here"]) == (["salsa"], ["dips"])


def test_extend_adds_needs_forwards_only(make_lm: MakeLM) -> None:
    lm = make_lm()
    asking = ExtendAsk("birds", needs=(("n1", "camera body"), ("n2", "tripod")))
    extended = EXTEND.ask(lm, asking, lm.within(5))
    assert not isinstance(extended, Failed)
    assert [(n.id, n.phrase, n.depends_on) for n in extended.needs] == [
        ("n3", "ball head", ("n2",))
    ]


def test_relate_settles_a_batch_in_one_call(make_lm: MakeLM) -> None:
    lm, purse = make_lm(), Tally()
    related = RELATE.ask(lm, _relate_ask(), lm.within(5, "relate", purse))
    assert not isinstance(related, Failed)
    assert [(c.source, c.target, c.relation) for c in related.claims] == [
        ("sku-1", "sku-2", "required_part"),
        ("sku-1", "sku-3", "accessory"),
        ("sku-2", "birds", "used_for"),
    ]
    assert related.none == (("sku-1", "sku-4"), ("birds", "sku-4"))
    assert related.unanswered == ()
    assert related.claims[0].why == "The body takes no picture without a lens."
    assert purse.spent.calls == 1
    assert purse.stages["relate"].tokens == 120


def test_skus_are_never_shown_to_a_model() -> None:
    shown = str(RELATE.messages(_relate_ask()))
    assert "sku-" not in shown
    assert "Camera body" in shown


def test_a_model_that_says_yes_to_everything_is_not_believed(make_lm: MakeLM, server: Any) -> None:
    def yes(body: dict[str, Any]) -> str:
        from_body = body["messages"][-1]["content"]
        pairs = json.loads(from_body.split('<data name="pairs">\n')[1].split("\n</data>")[0])
        told = {"relation": "accessory", "source": "A", "reason": "It fits"}
        rows = [{"pair": p["pair"]} | told for p in pairs]
        return json.dumps({"answers": rows})

    server.always = yes
    lm, purse = make_lm(), Tally()
    failed = RELATE.ask(lm, _relate_ask(), lm.within(5, purse=purse))
    assert isinstance(failed, Failed)
    assert failed.reason == "untrusted_reply"
    assert purse.spent.calls == 1


LENS, FILTER = Thing("1", "zoom lens"), Thing("2", "lens filter")


@pytest.mark.parametrize(
    ("relation", "source", "claimed"),
    [
        ("accessory", "A", [("1", "2")]),
        ("accessory", "B", [("2", "1")]),
        ("required_part", "B", [("2", "1")]),
        ("part_of_set", "B", [("1", "2")]),
        ("accessory", "C", []),
        ("accessory", None, []),
    ],
)
def test_a_pair_is_related_from_the_end_that_the_reply_names(
    relation: str, source: str | None, claimed: list[tuple[str, str]]
) -> None:
    asking = RelateAsk((Anchor(LENS),), (FILTER,), ((0, 0),))
    shown = json.loads(
        RELATE.messages(asking)[-1]["content"].split('<data name="pairs">\n')[1].split("\n<")[0]
    )
    rows = [
        {"pair": pair["pair"], "relation": relation, "source": source, "reason": "It protects it"}
        if pair["name"] == FILTER.text
        else {"pair": pair["pair"], "relation": "none", "source": "A", "reason": ""}
        for pair in shown
    ]
    read = RELATE.read(asking, {"answers": rows})
    assert [(claim.source, claim.target) for claim in read.claims] == claimed
    assert read.unanswered == (() if claimed else (("1", "2"),))


def test_judge_scores_each_claim(make_lm: MakeLM) -> None:
    lm = make_lm()
    body, lens, banana = Thing("1", "camera body"), Thing("2", "zoom lens"), Thing("3", "banana")
    claims = (
        ClaimAsk("good", body, lens, "required_part"),
        ClaimAsk("bad", body, banana, "accessory"),
    )
    judged = JUDGE.ask(lm, JudgeAsk(claims), lm.within(5))
    assert not isinstance(judged, Failed)
    assert [(j.id, j.score) for j in judged.judgements] == [("good", 9), ("bad", 2)]
    assert judged.unanswered == ()


def _judging() -> JudgeAsk:
    milk, cereal = Thing("1", "milk"), Thing("2", "cereal")
    claims = (
        ClaimAsk("bought", milk, cereal, "often_bought_with"),
        ClaimAsk("set", milk, cereal, "part_of_set"),
    )
    return JudgeAsk(claims)


def _verdicts(asking: JudgeAsk, scores: Callable[[dict[str, Any]], int]) -> dict[str, Any]:
    shown: Any = JUDGE.inputs(asking)["claims"]
    answers = dict.fromkeys(QUESTIONS, True)
    return {"verdicts": [{"claim": c["claim"], **answers, "score": scores(c)} for c in shown]}


def test_judge_asks_of_each_statement_what_makes_it_true() -> None:
    shown: Any = JUDGE.inputs(_judging())["claims"]
    asked = {row["true_if"] for row in shown if row["A"] == "milk"}
    assert asked == {
        "would most buyers of A agree that B is a sensible thing to buy with it?",
        "are A and B used at one time, for one meal or job?",
    }
    assert set(TRUE_IF) == set(STATEMENTS)


def test_judge_offers_no_score_outside_of_one_to_ten() -> None:
    schema: Any = JUDGE.question.schema()
    score = schema["properties"]["verdicts"]["items"]["properties"]["score"]
    assert score == {"type": "integer", "enum": [*range(1, 11)]}
    assert '"score": 1 | 2 | 3' in JUDGE.messages(_judging())[0]["content"]


def test_judge_takes_a_score_of_nought_for_the_lowest() -> None:
    asking = _judging()
    read = JUDGE.read(asking, _verdicts(asking, lambda c: 8 if c["A"] == "milk" else 0))
    assert [j.score for j in read.judgements] == [8, 8]
    read = JUDGE.read(asking, _verdicts(asking, lambda c: 0))
    assert [j.score for j in read.judgements] == [1, 1]


def test_judge_names_the_rule_that_a_reply_breaks() -> None:
    asking = _judging()
    broken = _verdicts(asking, lambda c: 11 if c["claim"] == "k3" else 1)
    broken["verdicts"] = [row for row in broken["verdicts"] if row["claim"] != "k2"]
    del broken["verdicts"][0]["clear"]
    with pytest.raises(ReplyError) as refused:
        JUDGE.read(asking, broken)
    said = str(refused.value)
    assert 'k1: "clear" is not true or false. k2: not judged. k3: score 11 is not 1 to 10.' in said


def test_relate_and_phrase_name_what_was_not_answered() -> None:
    with pytest.raises(ReplyError, match=r"p1: not answered\. p2: not answered"):
        RELATE.read(_relate_ask(), {"answers": []})
    asking = PhraseAsk((("n1", "tripod"),))
    with pytest.raises(ReplyError, match="q1: no query that can be used"):
        PHRASE.read(asking, {"answers": [{"need": "q1", "queries": ["?"]}]})


def test_name_why_turns_the_pair_the_right_way(make_lm: MakeLM) -> None:
    lm = make_lm()
    pairs = (
        Bought(Thing("card", "memory card"), Thing("cam", "camera body"), 12, 8.0),
        Bought(Thing("x", "milk"), Thing("y", "bananas"), 900, 1.1),
    )
    named = NAME_WHY.ask(lm, NameWhyAsk(pairs), lm.within(5))
    assert not isinstance(named, Failed)
    assert [(c.source, c.target, c.relation) for c in named.claims] == [
        ("cam", "card", "required_part")
    ]
    assert named.none == (("x", "y"),)


def test_phrase_gives_queries_by_need(make_lm: MakeLM) -> None:
    lm = make_lm()
    phrased = PHRASE.ask(lm, PhraseAsk((("n1", "tripod"), ("n2", "lens"))), lm.within(5))
    assert not isinstance(phrased, Failed)
    assert phrased.queries == (("n1", ("tripod",)), ("n2", ("lens",)))


@pytest.mark.parametrize(
    ("program", "asking"),
    [
        (PLAN, PlanAsk("")),
        (EXTEND, ExtendAsk("q", needs=())),
        (RELATE, RelateAsk((), (), ())),
        (JUDGE, JudgeAsk(())),
        (NAME_WHY, NameWhyAsk(())),
        (PHRASE, PhraseAsk(())),
    ],
)
def test_nothing_asked_makes_no_call(
    program: Any, asking: Any, make_lm: MakeLM, server: Any
) -> None:
    result = program.ask(make_lm(), asking, make_lm().within(5))
    assert not isinstance(result, Failed)
    assert server.bodies == []
