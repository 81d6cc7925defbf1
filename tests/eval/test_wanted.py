"""Rounds with a model that is not at hand: requests out, replies in, until nothing is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from goeswith.engine.settings import Settings
from goeswith.eval.errors import EvalError
from goeswith.eval.model import Prepared
from goeswith.eval.replies import Head, Reply, key_of, read_replies
from goeswith.eval.report import Circumstances, Report
from goeswith.eval.session import Wish, evaluate
from goeswith.eval.wanted import Wanted
from goeswith.prompts.transport import Wire
from tests.eval.teacher import Teacher

pytest.importorskip("dspy")

WIRE = Wire([{"role": "user", "content": "x"}], {"type": "object"}, 9)
TOLD = Circumstances("tiny", "a made-up shop", 3)
ARMS = ("query-time", "hybrid", "logicrag")
MOST_ROUNDS = 20


class TinySuite:
    name = "tiny"
    about = "a made-up shop"

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def prepare(self, *_: object, **__: object) -> Prepared:
        return self._prepared


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    return


def wanted(file: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]


def answered(file: Path, replies: Path, teacher: Teacher) -> int:
    """Answer a batch file as a provider would, and add the replies to the recording."""
    lines = wanted(file) if file.exists() else []
    with replies.open("ab") as out:
        for line in lines:
            body = line["body"]
            schema = body["response_format"]["json_schema"]["schema"]
            wire = Wire(body["messages"], schema, body["max_tokens"])
            assert line["custom_id"] == key_of(wire)
            sent = asyncio.run(teacher.send(wire))
            reply = Reply(line["custom_id"], sent.text, sent.tokens_in or 0, sent.tokens_out or 0)
            out.write(msgspec.json.encode(reply) + b"\n")
    return len(lines)


def test_rounds_end_with_nothing_missing(
    tiny: Prepared, settings: Settings, tmp_path: Path
) -> None:
    few = msgspec.structs.replace(tiny, questions=tiny.questions[:3])
    truth = {question.asked.id: tiny.truth[question.asked.id] for question in few.questions}
    few = msgspec.structs.replace(few, truth=truth)
    replies, missing = tmp_path / "replies.jsonl", tmp_path / "missing.jsonl"
    replies.write_bytes(msgspec.json.encode(Head("teacher", 1.0, 2.0)) + b"\n")
    wish = Wish(ARMS, seed=3, replies=replies, missing=missing, asked_log=True)
    teacher = Teacher(2)
    counts: list[int] = []
    report: Report | None = None
    while len(counts) < MOST_ROUNDS and (not counts or counts[-1]):
        report = evaluate(TinySuite(few), wish, tmp_path / "work", settings, TOLD, quiet)
        counts.append(answered(missing, replies, teacher))
    assert counts[-1] == 0 < counts[-2]
    assert len(read_replies(replies)[1]) == sum(counts), "a request was asked for twice"
    assert report is not None
    assert all(row.lm_calls and row.lm_calls.mean > 0 for row in report.conduct)


def test_a_request_is_written_once_also_by_another_arm(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "missing.jsonl"
    one = Wanted(file, "teacher")
    one.add(key_of(WIRE), WIRE)
    one.add(key_of(WIRE), WIRE)
    Wanted(file, "teacher").add(key_of(WIRE), WIRE)
    [line] = wanted(file)
    assert (line["custom_id"], line["body"]["model"]) == (key_of(WIRE), "teacher")


def test_a_file_that_cannot_hold_requests_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no batch file")
    with pytest.raises(EvalError, match="no batch file"):
        Wanted(tmp_path / "text", "teacher")
    with pytest.raises(EvalError, match="--lm-missing"):
        Wanted(tmp_path, "teacher")
    with pytest.raises(EvalError, match="--lm-missing"):
        Wanted(tmp_path / "text" / "below", "teacher")


def test_a_log_of_the_asked_questions_is_all_that_is_warmed(
    tiny: Prepared, settings: Settings, tmp_path: Path
) -> None:
    def built(*, short: bool) -> int:
        wish = Wish(("hybrid",), seed=3, asked_log=short)
        report = evaluate(TinySuite(few), wish, tmp_path, settings, TOLD, quiet)
        return report.conduct[0].built.entries

    few = msgspec.structs.replace(tiny, questions=tiny.questions[:10])
    assert 0 < built(short=True) < built(short=False)
