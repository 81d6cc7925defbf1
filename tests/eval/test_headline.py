"""What a report says in a sentence or two."""

from __future__ import annotations

import msgspec

from goeswith.eval.headline import UNKNOWN, gaps, headline
from goeswith.eval.suites import SUITES
from tests.eval.conftest import Scored


def test_a_suite_that_was_lost_says_what_is_missing(scored: Scored) -> None:
    lost = msgspec.structs.replace(scored(hybrid=0.3, static=0.6, random=0.1), suite="pcbuild")
    said = headline(lost)
    assert "significantly worse than static" in said
    assert "The highest mean is static's" in said
    assert said.endswith(f"What is missing: {gaps()['pcbuild']}")


def test_what_is_missing_and_not_known_is_not_made_up(scored: Scored) -> None:
    assert headline(scored(hybrid=0.3, static=0.6)).endswith(UNKNOWN)


def test_nothing_is_missing_where_nothing_was_lost(scored: Scored) -> None:
    won = msgspec.structs.replace(scored(hybrid=0.6, static=0.3), suite="pcbuild")
    even = msgspec.structs.replace(scored(hybrid=0.5, static=0.5), suite="pcbuild")
    for report in (won, even):
        assert "missing" not in headline(report)


def test_only_suites_that_there_are_lack_something() -> None:
    assert set(gaps()) <= set(SUITES)
    assert all(text.endswith(".") for text in gaps().values())
