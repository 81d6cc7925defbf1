"""The recordings that are shipped can be replayed, and hold replies only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goeswith.eval.replies import read_replies

FILES = sorted((Path(__file__).parents[2] / "eval" / "recordings").glob("*.jsonl"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_reply_is_json_and_says_what_it_cost(file: Path) -> None:
    head, replies = read_replies(file)
    assert head.model
    assert len(replies) == len(file.read_text(encoding="utf-8").splitlines()) - 1
    for reply in replies.values():
        assert isinstance(json.loads(reply.text), dict)
        assert min(reply.tokens_in, reply.tokens_out) > 0


def test_there_is_one() -> None:
    assert "grocery" in {file.stem for file in FILES}
