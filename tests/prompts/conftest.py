from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from goeswith.prompts import LM, preload
from tests.fixtures.lmserver.server import KEY, FakeLM, inputs_of

RELATIONS = {
    ("camera body", "zoom lens"): ("required_part", "The body takes no picture without a lens"),
    ("camera body", "memory card"): ("required_part", "The camera stores its pictures on a card"),
    ("camera body", "camera bag"): ("accessory", "A bag protects the camera on the way"),
    ("camera body", "tripod"): ("accessory", "A tripod holds the camera still"),
    ("camera body", "spare battery"): ("accessory", "A spare battery keeps the camera running"),
    ("tripod", "ball head"): ("required_part", "The head joins camera and tripod"),
    ("photographing birds", "zoom lens"): ("used_for", "A long lens brings birds close"),
}


def answer(body: dict[str, Any]) -> str:
    """Answer as a model that knows cameras would."""
    given = inputs_of(body)
    if "anchors" in given:
        return json.dumps({"answers": _relate(given)})
    if "pairs" in given:
        return json.dumps({"answers": [_why(pair) for pair in given["pairs"]]})
    if "claims" in given:
        return json.dumps({"verdicts": [_judge(claim) for claim in given["claims"]]})
    if "plan" in given:
        new = {"id": "x1", "phrase": "ball head", "depends_on": [given["plan"][-1]["id"]]}
        return json.dumps({"needs": [new | {"anchor": False, "constraints": []}]})
    if "needs" in given:
        rows = [{"need": n["need"], "queries": [n["phrase"]]} for n in given["needs"]]
        return json.dumps({"answers": rows})
    return json.dumps(_plan(given["question"]))


def _plan(question: str) -> dict[str, Any]:
    def need(i: str, words: str, *parents: str, **more: Any) -> dict[str, Any]:
        return {
            "id": i,
            "phrase": words,
            "depends_on": list(parents),
            "anchor": False,
            "constraints": [],
        } | more

    if "bird" not in question:
        price = {"kind": "price_max", "name": "", "value": "$300"}
        return {"one_need": True, "needs": [need("a", "camera bag", constraints=[price])]}
    return {
        "one_need": False,
        "needs": [
            need("cam", "camera body", anchor=True),
            need("lens", "long zoom lens", "cam"),
            need("card", "memory card", "cam"),
            need("stand", "tripod", "cam", "lens"),
        ],
    }


def _relate(given: dict[str, Any]) -> list[dict[str, Any]]:
    anchors = {a["id"]: a for a in given["anchors"]}
    rows = []
    for pair in given["pairs"]:
        name = anchors[pair["anchor"]]["name"].lower()
        ends, source = (name, pair["name"].lower()), "A"
        if ends not in RELATIONS and ends[::-1] in RELATIONS:
            ends, source = ends[::-1], "B"
        relation, why = RELATIONS.get(ends, ("none", ""))
        told = {"relation": relation, "source": source, "reason": why}
        rows.append({"pair": pair["pair"]} | told)
    return rows


def _why(pair: dict[str, Any]) -> dict[str, Any]:
    left, right = pair["left"].lower(), pair["right"].lower()
    for source, ends in (("left", (left, right)), ("right", (right, left))):
        if ends in RELATIONS:
            relation, why = RELATIONS[ends]
            return {"pair": pair["pair"], "source": source, "relation": relation, "reason": why}
    return {"pair": pair["pair"], "source": "left", "relation": "none", "reason": ""}


def _judge(claim: dict[str, Any]) -> dict[str, Any]:
    known = (claim["A"].lower(), claim["B"].lower()) in RELATIONS
    answers = dict.fromkeys(("clear", "true", "specific", "direction", "useful"), known)
    return {"claim": claim["claim"], **answers, "score": 9 if known else 2}


@pytest.fixture(scope="session", autouse=True)
def _preloaded() -> None:
    """DSPy is loaded once, so that no test's deadline pays for it."""
    preload()


@pytest.fixture
def server() -> Iterator[FakeLM]:
    fake = FakeLM(answer)
    yield fake
    fake.close()


@pytest.fixture
def make_lm(server: FakeLM) -> Iterator[Callable[..., LM]]:
    made: list[LM] = []

    def make(**more: Any) -> LM:
        lm = LM(server.settings(**more), environ={"FAKE_KEY": KEY})
        made.append(lm)
        return lm

    yield make
    for lm in made:
        lm.close()
