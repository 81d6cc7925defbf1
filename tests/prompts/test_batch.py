from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goeswith.prompts import LM, PHRASE, Failed, LMSettings, LMSettingsError, PhraseAsk, Tally
from goeswith.prompts.batch import (
    ReplyStore,
    batch_lm,
    custom_id,
    read_replies,
    write_requests,
)
from goeswith.prompts.phrase import Phrased

SETTINGS = LMSettings(model="openai/fake", api_base="http://127.0.0.1:9/v1")
ASKS = [PhraseAsk((("n", word),)) for word in ("tripod", "camera bag")]


def answer_file(requests: Path, out: Path, answer: Callable[[dict[str, Any]], str]) -> Path:
    """Do what a provider does: answer a batch file, in another order."""
    lines = []
    for line in reversed(requests.read_text(encoding="utf-8").splitlines()):
        request = json.loads(line)
        assert request["method"] == "POST"
        assert request["url"] == "/v1/chat/completions"
        message = {"role": "assistant", "content": answer(request["body"])}
        body = {
            "choices": [{"message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20},
        }
        response = {"status_code": 200, "request_id": "r", "body": body}
        lines.append({"id": "b", "custom_id": request["custom_id"], "response": response})
    out.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return out


def phrases(body: dict[str, Any]) -> str:
    shown = json.loads(body["messages"][-1]["content"].split("\n")[1])
    rows = [{"need": row["need"], "queries": [row["phrase"] + " light"]} for row in shown]
    return json.dumps({"answers": rows})


def ask_all(lm: LM, purse: Tally | None = None) -> list[Phrased | Failed]:
    with lm:
        return [PHRASE.ask(lm, ask, lm.within(5, "phrase", purse)) for ask in ASKS]


def test_a_round_defers_and_the_next_is_answered(tmp_path: Path) -> None:
    lm, batch = batch_lm(SETTINGS, {})
    first = ask_all(lm)
    assert [r.reason for r in first if isinstance(r, Failed)] == ["deferred", "deferred"]
    out = tmp_path / "requests.jsonl"
    assert write_requests(out, batch.requests) == 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600

    got = read_replies(answer_file(out, tmp_path / "replies.jsonl", phrases))
    assert (len(got.replies), got.bad, got.failed) == (2, 0, 0)
    lm, batch = batch_lm(SETTINGS, got.replies)
    purse = Tally()
    second = ask_all(lm, purse)
    assert [r.queries for r in second if isinstance(r, Phrased)] == [
        (("n", ("tripod light",)),),
        (("n", ("camera bag light",)),),
    ]
    assert (batch.requests, batch.answered) == ({}, 2)
    assert purse.spent.tokens == 240


def test_the_version_and_the_bodies_are_those_of_the_model_asked_live() -> None:
    with LM(SETTINGS) as live:
        lm, batch = batch_lm(SETTINGS, {})
        ask_all(lm)
        assert lm.version == live.version
        bodies = [json.loads(body) for body in batch.requests.values()]
        wanted = [json.loads(json.dumps(PHRASE.body(live, ask))) for ask in ASKS]
        assert sorted(map(json.dumps, bodies)) == sorted(map(json.dumps, map(_sorted, wanted)))


def _sorted(value: Any) -> Any:
    return json.loads(json.dumps(value, sort_keys=True))


def test_a_reply_that_cannot_be_used_asks_once_more_in_the_next_round(tmp_path: Path) -> None:
    lm, batch = batch_lm(SETTINGS, {})
    ask_all(lm)
    write_requests(tmp_path / "requests.jsonl", batch.requests)
    bad = answer_file(tmp_path / "requests.jsonl", tmp_path / "bad.jsonl", lambda _: "Sure!")
    lm, batch = batch_lm(SETTINGS, read_replies(bad).replies)
    assert all(isinstance(result, Failed) for result in ask_all(lm))
    assert batch.answered == 2
    assert len(batch.requests) == 2  # the repairs


def test_lines_that_are_no_reply_are_counted_and_never_used(tmp_path: Path) -> None:
    name = custom_id(b"{}")
    good = {"choices": [{"message": {"content": "hi"}}]}

    def line(**more: Any) -> str:
        return json.dumps(
            {"custom_id": name, "response": {"status_code": 200, "body": good}} | more
        )

    rows = [
        "not json",
        "[" * 100_000,
        line(custom_id="../../etc/passwd"),
        line(response={"status_code": 200, "body": {"choices": "none"}}),
        line(response={"status_code": 500, "body": {}}),
        line(response=None, error={"code": "expired"}),
        line(),
        line(response={"status_code": 200, "body": {"choices": []}}),
        "",
    ]
    path = tmp_path / "replies.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    got = read_replies(path)
    assert (list(got.replies), got.bad, got.failed) == ([name], 5, 2)
    assert json.loads(got.replies[name]) == good


def test_replies_are_kept_between_rounds_until_they_are_cleared(tmp_path: Path) -> None:
    body = json.dumps({"choices": [{"message": {"content": "hi"}}]}).encode()
    other = json.dumps({"choices": [{"message": {"content": "no"}}]}).encode()
    a, b = custom_id(b"a"), custom_id(b"b")
    store = ReplyStore(tmp_path / "kept" / "replies.jsonl")
    store.add({a: body})
    store = ReplyStore(tmp_path / "kept" / "replies.jsonl")
    store.add({a: other, b: body})
    assert ReplyStore(tmp_path / "kept" / "replies.jsonl").replies == {a: body, b: body}
    store.clear()
    assert ReplyStore(tmp_path / "kept" / "replies.jsonl").replies == {}


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(LMSettingsError, match="cannot be read"):
        read_replies(tmp_path / "missing.jsonl")
    (tmp_path / "file").write_text("")
    with pytest.raises(LMSettingsError, match="cannot be written"):
        write_requests(tmp_path / "file" / "requests.jsonl", {})
