from __future__ import annotations

import json
from pathlib import Path

import pytest

from goeswith.engine.distil.rounds import Round, batch_round
from goeswith.engine.distil.session import Limits, open_session
from goeswith.engine.errors import SettingsError
from goeswith.engine.model import Relation
from goeswith.engine.settings import Settings
from tests.engine.distil.conftest import TRUE, answer


def provider(requests: Path, replies: Path) -> None:
    """Answer a batch file as a provider with the knowing model would, and add a broken line."""
    lines = ['{"custom_id": "nonsense"}']
    for line in requests.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        body = {"choices": [{"message": {"content": answer(request["body"])}}]}
        response = {"status_code": 200, "body": body}
        lines.append(json.dumps({"custom_id": request["custom_id"], "response": response}))
    replies.write_text("\n".join(lines), encoding="utf-8")


def test_rounds_of_a_batch_end_where_asking_live_ends(settings: Settings, tmp_path: Path) -> None:
    requests, replies = tmp_path / "requests.jsonl", tmp_path / "replies.jsonl"
    given: list[Path] = []
    rounds: list[Round] = []
    while not rounds or rounds[-1].requests:
        assert len(rounds) < 6
        rounds.append(batch_round(settings, Limits(), None, requests, given))
        if rounds[-1].requests:
            provider(requests, replies)
            given = [replies]
    assert rounds[0].requests == 26
    assert rounds[0].result.done == 0
    assert [r.bad for r in rounds[1:]] == [1] * (len(rounds) - 1)
    assert rounds[-1].result.left == 0
    assert len(rounds) == 4
    with open_session(settings) as session:
        heads = range(len(session.shop.catalog.types))
        found = session.known.type_relations(heads, frozenset(Relation))
        kept = {(p.source.label.lower(), p.target.label.lower()): p.relation for p in found}
    assert kept == TRUE
    assert not (Path(settings.home) / "cache" / "distil" / "replies.jsonl").exists()


def test_a_batch_file_that_cannot_be_read_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        batch_round(settings, Limits(), None, None, [tmp_path / "missing.jsonl"])
