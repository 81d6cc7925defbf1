"""A model that knows a little about cameras, without a network, and sessions that ask it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.distil.session import Session, open_session
from goeswith.engine.settings import Settings, load_settings
from goeswith.prompts import LM, LMSettings
from goeswith.prompts.transport import Sent, Wire

TRUE = {
    ("action cameras", "memory cards"): "required_part",
    ("compact cameras", "memory cards"): "required_part",
    ("macro lenses", "cleaning"): "accessory",
    ("mirrorless cameras", "rain covers"): "accessory",
}
"""What is true of pairs that the starter pack says nothing about. The first is bought together."""

BRINGS = {"mirrorless cameras": ["rain cover", "warp drive"]}
PLAN = [
    {"id": "a", "phrase": "compact cameras", "depends_on": [], "anchor": True, "constraints": []},
    {"id": "b", "phrase": "memory cards", "depends_on": ["a"], "anchor": False, "constraints": []},
]
WHY = "The one is of little use without the other"
MODEL = LMSettings(model="openai/fake", api_base="http://127.0.0.1:9/v1")


class Knowing:
    """A transport that answers from the table above and counts what it was asked."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def body(self, wire: Wire) -> dict[str, object]:
        return {"messages": wire.messages}

    async def send(self, wire: Wire) -> Sent:
        body: dict[str, Any] = dict(self.body(wire))
        self.bodies.append(body)
        return Sent(answer(body), 100, 20, False)

    async def close(self) -> None:
        return


def answer(body: dict[str, Any]) -> str:
    """Answer as a model that knows the table, and nothing else, would."""
    text = body["messages"][-1]["content"]
    lists = [json.loads(line) for line in text.splitlines() if line.startswith("[{")]
    system = body["messages"][0]["content"]
    if "chosen products bring" in system:
        label = lists[0][0]["phrase"]
        rows = [_need(n, phrase) for n, phrase in enumerate(BRINGS.get(label, ()))]
        return json.dumps({"needs": rows})
    if "check statements" in system:
        return json.dumps({"verdicts": [_judged(claim) for claim in lists[0]]})
    if "baskets show" in system:
        return json.dumps({"answers": [_named(pair) for pair in lists[0]]})
    if "shop's search engine" in system:
        rows = [{"need": need["need"], "queries": [need["phrase"]]} for need in lists[0]]
        return json.dumps({"answers": rows})
    if "split a shopper's question" in system:
        return json.dumps({"one_need": False, "needs": PLAN})
    anchors = {anchor["id"]: anchor["name"].lower() for anchor in lists[0]}
    return json.dumps({"answers": [_related(anchors, pair) for pair in lists[1]]})


def _need(number: int, phrase: str) -> dict[str, Any]:
    row = {"id": f"x{number}", "phrase": phrase, "depends_on": ["n1"]}
    return row | {"anchor": False, "constraints": []}


def _named(pair: dict[str, Any]) -> dict[str, Any]:
    left, right = pair["left"].lower(), pair["right"].lower()
    for source, ends in (("left", (left, right)), ("right", (right, left))):
        if ends in TRUE:
            told = {"relation": TRUE[ends], "reason": WHY}
            return {"pair": pair["pair"], "source": source} | told
    return {"pair": pair["pair"], "source": "left", "relation": "none", "reason": ""}


def _related(anchors: dict[str, str], pair: dict[str, Any]) -> dict[str, Any]:
    ends = (anchors[pair["anchor"]], pair["name"].lower())
    for source, way in (("A", ends), ("B", ends[::-1])):
        if way in TRUE:
            return {"pair": pair["pair"], "relation": TRUE[way], "source": source, "reason": WHY}
    return {"pair": pair["pair"], "relation": "none", "source": "A", "reason": ""}


def _judged(claim: dict[str, Any]) -> dict[str, Any]:
    a, b = (claim[end].partition(" | ")[0].lower() for end in "AB")
    known = (a, b) in TRUE
    answers = dict.fromkeys(("clear", "true", "specific", "direction", "useful"), known)
    return {"claim": claim["claim"], **answers, "score": 9 if known else 2}


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings for a home of the test's own, embedded by spelling, with a model's name."""
    flags = {
        "home": str(home),
        "retrieval.embedder": "hash",
        "lm.model": MODEL.model,
        "lm.api_base": MODEL.api_base,
    }
    return load_settings(environ={}, flags=flags, folder=home)


@pytest.fixture
def model() -> Knowing:
    return Knowing()


@pytest.fixture
def session(settings: Settings, model: Knowing) -> Callable[[], AbstractContextManager[Session]]:
    """Opens the home with the knowing model."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with LM(MODEL, transports=(model,)) as lm, open_session(settings, lm) as session:
            yield session

    return opened
