from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from goeswith.prompts import LM, PHRASE, Failed, PhraseAsk, Tally
from goeswith.prompts.optimise import optimise, with_state
from goeswith.prompts.phrase import Phrased

TRAIN = [PhraseAsk((("n", word),)) for word in ("tripod", "lens", "bag")]
HELD_OUT = [PhraseAsk((("n", word),)) for word in ("battery", "card")]


def _score(asking: PhraseAsk, result: Phrased | Failed) -> float:
    if isinstance(result, Failed):
        return 0.0
    wanted = asking.needs[0][1] + " for cameras"
    return float(any(wanted in queries for _, queries in result.queries))


def _learns(body: dict[str, Any]) -> str:
    """A model that does well on one example, and on all once it has been shown one."""
    shown = len(body["messages"]) > 2
    word = json.loads(body["messages"][-1]["content"].split("\n")[1])[0]["phrase"]
    query = word + " for cameras" if shown or word == "tripod" else "thing"
    return json.dumps({"answers": [{"need": "q1", "queries": [query]}]})


def test_good_replies_become_demos_and_are_measured(
    make_lm: Callable[..., LM], server: Any
) -> None:
    server.always = _learns
    lm, purse = make_lm(), Tally()
    done = optimise(PHRASE, lm, TRAIN, HELD_OUT, _score, purse=purse)
    assert (done.before, done.after) == (0.0, 1.0)
    assert purse.stages["compile"].calls == len(server.bodies) == 3 + 2 + 2
    state = json.loads(done.state)
    assert state["lm"] is None
    assert [demo["answers"][0]["queries"] for demo in state["demos"]] == [["tripod for cameras"]]
    compiled = with_state(PHRASE, done.state)
    assert compiled.version != PHRASE.version
    shown = compiled.messages(HELD_OUT[0])
    assert shown == server.bodies[-2]["messages"]


def test_a_spent_purse_gives_an_empty_state_and_no_further_call(
    make_lm: Callable[..., LM], server: Any
) -> None:
    server.always = _learns
    done = optimise(PHRASE, make_lm(), TRAIN, HELD_OUT, _score, purse=Tally(calls=0))
    assert json.loads(done.state)["demos"] == []
    assert server.bodies == []
    assert done.after == 0.0
