from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from goeswith.prompts import LM, PROGRAMS
from goeswith.prompts.check import EXAMPLES, check

MakeLM = Callable[..., LM]


def test_every_program_has_an_example() -> None:
    assert [program.name for program, _ in EXAMPLES] == [program.name for program in PROGRAMS]


def test_a_model_that_knows_only_cameras_is_found_poor_but_usable(make_lm: MakeLM) -> None:
    rows = check(make_lm(price_in=1.0, price_out=1.0), seconds=5)
    assert [row.program for row in rows] == [program.name for program in PROGRAMS]
    assert {row.program: row.outcome for row in rows} == {
        "plan": "poor",
        "extend": "works",
        "relate": "poor",
        "judge": "poor",
        "name_why": "poor",
        "phrase": "works",
    }
    assert all(row.calls == 1 and row.tokens == 120 and row.usd > 0 for row in rows)


def test_a_model_that_talks_nonsense_fails_every_check(make_lm: MakeLM, server: Any) -> None:
    server.always = lambda _: json.dumps(["sundae", "sundae"])
    rows = check(make_lm(), seconds=5)
    assert {row.outcome for row in rows} == {"failed"}
    assert all(row.said.startswith("bad_reply: ") and row.calls == 2 for row in rows)
