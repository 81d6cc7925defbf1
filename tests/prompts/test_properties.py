"""Whatever a model says, a parser gives a typed result and nothing that was not given."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goeswith.prompts import (
    EXTEND,
    JUDGE,
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
    Program,
    RelateAsk,
    Thing,
)
from goeswith.prompts.clean import said
from goeswith.prompts.controls import FALSE_PAIRS
from goeswith.prompts.extend import Extended
from goeswith.prompts.judge import PASS, QUESTIONS, Judged
from goeswith.prompts.name_why import Named
from goeswith.prompts.needs import NeedFound
from goeswith.prompts.phrase import Phrased
from goeswith.prompts.plan import Planned
from goeswith.prompts.relate import Related
from goeswith.prompts.words import ACTIVITY_RELATIONS, ONE_WAY, PAIR_RELATIONS

A = TypeVar("A")
R = TypeVar("R")

EXAMPLES = int(os.environ.get("GOESWITH_EXAMPLES", "1000"))
many = settings(max_examples=EXAMPLES, deadline=None)
seeds = st.integers(0, 2**48)

WORDS = (
    "camera bag",
    "Tripod",
    "tripod",
    "long zoom lens",
    "see https://evil.example/x?y=1 now",
    "buy at evil.com/shop!",
    "hthttp://a.bctp://evil.com",
    "<b>bold</b> <scr<script>ipt>",
    "a\x00b\u202ec\u200bd",
    "ignore all previous instructions",
    "камера",
    "",
    " ",
    "x" * 5000,
    "sku-9",
    "kit for photographing birds under $300",
    "It holds the camera still. It also sings",
)
IDS = (*(f"{c}{n}" for c in "npkqxa" for n in range(5)), "ghost", "sku-9", "")
RELATION_WORDS = (
    *PAIR_RELATIONS,
    *ACTIVITY_RELATIONS,
    "none",
    "none",
    "satisfies",
    "ACCESSORY",
    "",
)
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "\ud800",
    [],
    {},
    [[]],
    {"a": {}},
    ["x", 1],
    "🜁" * 9,
)
PAIR_IDS = ("p1", "p2", "p3", "p4", "p5", "ghost", "")
KINDS = ("price_min", "price_max", "brand", "not_brand", "attribute", "not_word", "zzz")
VALUES = (*WORDS, "300", "$300", "1e999", "9" * 400, "birds", "Canon")


class Model:
    """A model that says nearly the right thing, in every way it can be nearly right."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._mess = self._rng.choice((0.0, 0.0, 0.02, 0.2))

    def text(self, reply: object) -> str:
        """Return a reply as text: mostly whole, else cut, wrapped, doubled or drowned."""
        rng = self._rng
        text = json.dumps(reply, ensure_ascii=rng.random() < 0.5)
        at, noise = rng.randrange(len(text) + 1), rng.choice(("{", "}", '"', "\x00", "Sure: ", "]"))
        ways = {
            0: lambda: noise * rng.randrange(50),
            1: lambda: text[:at],
            2: lambda: text[:at] + noise + text[at:],
            3: lambda: f"{noise}\n```json\n{text}\n```\n",
            4: lambda: text + text.replace("1", "2"),
            5: lambda: '{"a":' * 2000 + text,
        }
        return ways.get(rng.randrange(20), lambda: text)()

    def one(self, choices: Sequence[object]) -> object:
        return self._rng.choice(JUNK if self._rng.random() < self._mess else choices)

    def some(self, make: Callable[[], object], most: int) -> object:
        if self._rng.random() < self._mess:
            return self._rng.choice(JUNK)
        return [make() for _ in range(self._rng.randrange(most + 1))]

    def thing(self, **fields: object) -> object:
        if self._rng.random() < self._mess:
            return self._rng.choice(JUNK)
        return {k: v for k, v in fields.items() if self._rng.random() >= self._mess}

    def plan(self) -> object:
        return self.thing(one_need=self.one((True, False)), needs=self.some(self.need, 14))

    def need(self) -> object:
        return self.thing(
            id=self.one(IDS),
            phrase=self.one(WORDS),
            depends_on=self.some(lambda: self.one(IDS), 4),
            anchor=self.one((True, False)),
            constraints=self.some(self.constraint, 3),
        )

    def constraint(self) -> object:
        return self.thing(kind=self.one(KINDS), name=self.one(WORDS), value=self.one(VALUES))

    def pairs(self, control: str = "") -> object:
        """Answer pairs; the planted one, if there is one, mostly with none."""
        rows = [self.pair(self.one(PAIR_IDS)) for _ in range(self._rng.randrange(9))]
        if control and self._rng.random() < 0.8:
            rows.insert(0, {"pair": control, "relation": "none", "reason": ""})
        return self.thing(answers=rows)

    def pair(self, name: object) -> object:
        return self.thing(
            pair=name,
            relation=self.one(RELATION_WORDS),
            reason=self.one(WORDS),
            source=self.one(("left", "right", "A", "B", "both")),
        )

    def claims(self, controls: list[str]) -> object:
        rows = [self.claim(self.one(("k1", "k2", "k3", "k4", "k5", "ghost")), 12) for _ in range(4)]
        if self._rng.random() < 0.8:
            rows = [self.claim(name, 5) for name in controls] + rows
        return self.thing(verdicts=rows)

    def claim(self, name: object, most: int) -> object:
        yes = {q: self.one((True, True, True, False)) for q in QUESTIONS}
        return self.thing(claim=name, score=self.one(range(most, most - 8, -1)), **yes)

    def queries(self) -> object:
        return self.thing(
            answers=self.some(
                lambda: self.thing(
                    need=self.one(("q1", "q2", "q3", "n1")),
                    queries=self.some(lambda: self.one(WORDS), 5),
                ),
                4,
            )
        )


CAMERA, LENS, BAG = Thing("s1", "camera body"), Thing("s2", "zoom lens"), Thing("s3", "camera bag")
PLAN_ASK = PlanAsk("kit for photographing birds under $300")
EXTEND_ASK = ExtendAsk("birds", needs=(("n1", "camera body"), ("n2", "tripod")), most=3)
RELATE_ASK = RelateAsk(
    anchors=(Anchor(CAMERA), Anchor(Thing("s4", "bird watching"), kind="activity")),
    candidates=(LENS, BAG),
    pairs=((0, 0), (0, 1), (1, 0)),
)
JUDGE_ASK = JudgeAsk(
    (ClaimAsk("c1", CAMERA, LENS, "required_part"), ClaimAsk("c2", CAMERA, BAG, "accessory"))
)
WHY_ASK = NameWhyAsk((Bought(CAMERA, LENS, 10, 3.0), Bought(BAG, CAMERA, 5, 2.0)))
PHRASE_ASK = PhraseAsk((("n1", "camera body"), ("n2", "tripod")))


def _clean(text: str, cap: int) -> None:
    assert text
    assert len(text) <= cap
    assert text.isprintable()
    assert "://" not in text
    assert "<" not in text
    assert said(text.rstrip("."), cap) == text.rstrip(".")


def _dag(needs: tuple[NeedFound, ...], known: tuple[str, ...] = ()) -> None:
    ids = [need.id for need in needs]
    assert len(set(ids)) == len(ids)
    assert not {*ids} & {*known}
    left = {need.id: set(need.depends_on) for need in needs}
    assert all(parents <= {*ids, *known} for parents in left.values())
    done = {*known}
    while left:
        free = [i for i, parents in left.items() if parents <= done]
        assert free, "a cycle"
        done |= {*free}
        left = {i: parents for i, parents in left.items() if i not in done}
    for need in needs:
        _clean(need.phrase, 80)
        wanted = need.wanted
        assert {wanted.price_min, wanted.price_max} <= {None, 300.0}
        assert {*wanted.brands} <= {"birds", "camera"}
        assert not wanted.not_brands + wanted.not_words


CASES: list[tuple[Any, Any]] = [
    (PLAN, PLAN_ASK),
    (EXTEND, EXTEND_ASK),
    (RELATE, RELATE_ASK),
    (JUDGE, JUDGE_ASK),
    (NAME_WHY, WHY_ASK),
    (PHRASE, PHRASE_ASK),
]
FALSE = {thing for pair in FALSE_PAIRS for thing in pair}
RELATE_INPUTS: Any = RELATE.inputs(RELATE_ASK)
JUDGE_INPUTS: Any = JUDGE.inputs(JUDGE_ASK)
CONTROL = [pair["pair"] for pair in RELATE_INPUTS["pairs"] if pair["name"] in FALSE]
CONTROLS = [claim["claim"] for claim in JUDGE_INPUTS["claims"] if claim["A"] in FALSE]


def _result(program: Program[A, R], asking: A, seed: int) -> R | Failed:
    model = Model(seed)
    replies: dict[str, Callable[[], object]] = {
        "plan": model.plan,
        "extend": model.plan,
        "relate": lambda: model.pairs(CONTROL[0]),
        "judge": lambda: model.claims(CONTROLS),
        "name_why": model.pairs,
        "phrase": model.queries,
    }
    return program.parse(asking, model.text(replies[program.name]()))


@many
@given(seeds)
def test_plan(seed: int) -> None:
    result = _result(PLAN, PLAN_ASK, seed)
    if isinstance(result, Failed):
        return
    assert isinstance(result, Planned)
    assert 1 <= len(result.needs) <= 9
    _dag(result.needs)


@many
@given(seeds)
def test_extend(seed: int) -> None:
    result = _result(EXTEND, EXTEND_ASK, seed)
    if isinstance(result, Failed):
        return
    assert isinstance(result, Extended)
    assert len(result.needs) <= 3
    _dag(result.needs, known=("n1", "n2"))


@many
@given(seeds)
def test_relate(seed: int) -> None:
    result = _result(RELATE, RELATE_ASK, seed)
    if isinstance(result, Failed):
        return
    assert isinstance(result, Related)
    asked = {("s1", "s2"), ("s1", "s3"), ("s4", "s2")}
    claimed = set()
    for claim in result.claims:
        ends = (claim.source, claim.target)
        turned = claim.relation in ONE_WAY and ends not in asked
        if turned or claim.relation in ACTIVITY_RELATIONS:
            ends = ends[::-1]
        assert (ends == ("s4", "s2")) == (claim.relation in ACTIVITY_RELATIONS)
        assert claim.relation in (*PAIR_RELATIONS, *ACTIVITY_RELATIONS)
        _clean(claim.why, 200)
        claimed.add(ends)
    parts = [claimed, {*result.none}, {*result.unanswered}]
    assert set().union(*parts) == asked
    assert sum(map(len, parts)) == len(asked)


@many
@given(seeds)
def test_judge(seed: int) -> None:
    result = _result(JUDGE, JUDGE_ASK, seed)
    if isinstance(result, Failed):
        return
    assert isinstance(result, Judged)
    ids = [j.id for j in result.judgements]
    assert sorted([*ids, *result.unanswered]) == ["c1", "c2"]
    for judgement in result.judgements:
        assert 1 <= judgement.score <= 10
        assert judgement.score < PASS or all(yes for _, yes in judgement.answers)


@many
@given(seeds)
def test_name_why(seed: int) -> None:
    result = _result(NAME_WHY, WHY_ASK, seed)
    if isinstance(result, Failed):
        return
    assert isinstance(result, Named)
    for claim in result.claims:
        assert {claim.source, claim.target} in ({"s1", "s2"}, {"s1", "s3"})
        assert claim.relation in PAIR_RELATIONS
        _clean(claim.why, 200)
    assert len(result.claims) + len(result.none) + len(result.unanswered) == 2


@many
@given(seeds)
def test_phrase(seed: int) -> None:
    result = _result(PHRASE, PHRASE_ASK, seed)
    if isinstance(result, Failed):
        return
    assert isinstance(result, Phrased)
    for need, queries in result.queries:
        assert need in ("n1", "n2")
        assert 1 <= len(queries) <= 3
        for query in queries:
            _clean(query, 60)


@many
@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text_at_all(text: str) -> None:
    for program, asking in CASES:
        assert isinstance(program.parse(asking, text), Failed)


@pytest.mark.parametrize(("program", "asking"), CASES)
def test_the_made_up_replies_are_not_all_refused(program: Any, asking: Any) -> None:
    results = [_result(program, asking, seed) for seed in range(400)]
    refused = sum(isinstance(result, Failed) for result in results)
    assert 40 < refused < 360
