from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.distil.compiling import Name, precision_first, task_of
from goeswith.engine.engine import Engine
from goeswith.engine.errors import SettingsError
from goeswith.prompts import LM, Failed, LMSettings, Tally
from goeswith.prompts.judge import Judged, Judgement
from goeswith.prompts.optimise import optimise
from goeswith.prompts.phrase import Phrased
from goeswith.prompts.relate import Claim, Related
from goeswith.prompts.transport import Sent, Wire


def no_shop() -> Any:
    raise AssertionError("no shop is needed")


def test_the_score_puts_precision_before_recall() -> None:
    assert precision_first(0, 0, 0) == 1.0
    assert precision_first(2, 0, 2) > precision_first(2, 2, 0)
    assert precision_first(0, 1, 0) == precision_first(0, 0, 3) == 0.0


@pytest.mark.parametrize("name", ["relate", "judge"])
def test_the_examples_that_ship_are_split_and_mixed(name: Name) -> None:
    task = task_of(name, None, no_shop)
    assert min(len(task.train), len(task.held_out)) >= 3
    assert task.score(task.train[0], Failed("timeout")) == 0.0


def test_relations_are_scored_by_their_labels(tmp_path: Path) -> None:
    rows = [("camera", "bag", ["accessory"]), ("camera", "soup", [])]
    path = tmp_path / "relate.jsonl"
    lines = [{"anchor": a, "candidate": c, "relations": r} for a, c, r in rows]
    path.write_text("\n".join(map(json.dumps, lines)))
    task = task_of("relate", path, no_shop)
    asked = {a.candidates[0].id: a for a in (*task.train, *task.held_out)}
    right = Related((Claim("camera", "bag", "accessory", "why"),))
    wrong = Related((Claim("camera", "soup", "accessory", "why"),))
    assert task.score(asked["bag"], right) == 1.0
    assert task.score(asked["bag"], Related(())) == 0.0
    assert task.score(asked["soup"], Related(())) == 1.0
    assert task.score(asked["soup"], wrong) == 0.0


def test_judgements_are_scored_by_what_is_signed() -> None:
    task = task_of("judge", None, no_shop)
    asked = task.train[0]
    signs_all = Judged(tuple(Judgement(c.id, 9, ()) for c in asked.claims))
    assert 0.0 < task.score(asked, signs_all) < 1.0


def test_phrases_are_scored_by_what_the_shops_search_finds(tmp_path: Path, reader: Engine) -> None:
    path = tmp_path / "phrase.jsonl"
    rows = [("holds pictures", ["memory card"]), ("stops shaking", ["tripod"])]
    path.write_text("\n".join(json.dumps({"need": n, "finds": f}) for n, f in rows))
    task = task_of("phrase", path, lambda: reader.shop)
    asked = next(a for a in (*task.train, *task.held_out) if a.needs[0][0] == "stops shaking")
    assert task.score(asked, Phrased((("stops shaking", ("tripod",)),))) == 1.0
    assert task.score(asked, Phrased((("stops shaking", ("kettle",)),))) == 0.0
    assert task.score(asked, Phrased(())) == 0.0


class Learning:
    """A model that relates well once it has been shown how, and on the first call."""

    def __init__(self) -> None:
        self.calls = 0

    def body(self, wire: Wire) -> dict[str, object]:
        return {"messages": wire.messages}

    async def send(self, wire: Wire) -> Sent:
        self.calls += 1
        text = wire.messages[-1]["content"]
        lists = [json.loads(line) for line in text.splitlines() if line.startswith("[{")]
        names = {a["id"]: a["name"] for a in lists[0]}
        good = self.calls == 1 or len(wire.messages) > 2
        answers = []
        for pair in lists[1]:
            ends = names[pair["anchor"]], pair["name"]
            relation = TRUTH.get(ends, ["none"])[0] if good else "none"
            why = "" if relation == "none" else "The one is used with the other"
            told = {"relation": relation, "source": "A", "reason": why}
            answers.append({"pair": pair["pair"]} | told)
        return Sent(json.dumps({"answers": answers}), 100, 20, False)

    async def close(self) -> None:
        return


EXAMPLES = Path(__file__).parents[3] / "engine" / "examples" / "relate.jsonl"
TRUTH = {
    (row["anchor"], row["candidate"]): row["relations"] or ["none"]
    for row in map(json.loads, EXAMPLES.read_text(encoding="utf-8").splitlines())
}


def test_compiling_shows_what_was_good_and_measures_it() -> None:
    task = task_of("relate", None, no_shop)
    settings = LMSettings(model="openai/fake", api_base="http://127.0.0.1:9/v1")
    purse = Tally(calls=60)
    with LM(settings, transports=(Learning(),)) as lm:
        done = optimise(task.program, lm, task.train, task.held_out, task.score, purse=purse)
    assert done.before < 0.5
    assert done.after == 1.0
    assert json.loads(done.state)["demos"]


@pytest.mark.parametrize("text", ["", "{}\n{}", '{"need": 1}', "not json\nat all"])
def test_examples_that_cannot_be_used_are_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "relate.jsonl"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"relate\.jsonl"):
        task_of("relate", path, no_shop)
    with pytest.raises(SettingsError, match="cannot be read"):
        task_of("relate", tmp_path / "missing.jsonl", no_shop)
