"""Search words for two types: asked for ahead of questions, and once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import msgspec
import pytest

from goeswith.engine.builder.phrasing import led_by
from goeswith.engine.distil.session import Limits, Session
from goeswith.engine.distil.wording import Wording
from tests.engine.distil.conftest import Knowing

Opening = Callable[[], AbstractContextManager[Session]]


def distil(session: Session) -> None:
    assert session.lm is not None
    session.job(None).run(session.asker(session.lm, Limits()))


def type_id(session: Session, name: str) -> int:
    return next(n for n, path in enumerate(session.shop.catalog.types) if path[-1:] == (name,))


def asked(model: Knowing) -> int:
    systems = [body["messages"][0]["content"] for body in model.bodies]
    return sum("shop's search engine" in system for system in systems)


def test_words_are_kept_for_two_types_and_asked_for_once(session: Opening, model: Knowing) -> None:
    with session() as opened:
        distil(opened)
        kinds = opened.shop.kinds
        macro, cleaning = type_id(opened, "Macro Lenses"), type_id(opened, "Cleaning")
        notes = opened.known.notes(kinds.node_id(macro), "phrased")
        words = msgspec.json.decode(notes[kinds.node_id(cleaning)], type=list[str])
        assert words == ["cleaning for macro lenses"]
        calls = asked(model)
        assert calls > 0
        assert Wording(opened.shop, opened.known).pairs([macro], [(macro, cleaning)]) == []
        opened.job(None).run(opened.asker(opened.lm, Limits()), restart=True)  # type: ignore[arg-type]
    assert asked(model) == calls


def test_what_attributes_decide_needs_no_words(session: Opening) -> None:
    with session() as opened:
        camera, lens = type_id(opened, "Mirrorless Cameras"), type_id(opened, "Telephoto Lenses")
        assert opened.shop.compatibility.has_rule(camera, lens)
        tripods = type_id(opened, "Tripods and Monopods")
        claimed = [(camera, lens), (camera, tripods)]
        assert Wording(opened.shop, opened.known).pairs([camera], claimed) == [(camera, tripods)]


@pytest.mark.parametrize(
    ("need", "query", "words"),
    [
        ("waterproof tripod", "tripods for cameras", "waterproof tripod for cameras"),
        ("tripod", "tripod", "tripod"),
        ("lens cleaning", "microfibre cloth", "lens cleaning microfibre cloth"),
    ],
)
def test_words_of_types_follow_those_of_the_need(need: str, query: str, words: str) -> None:
    assert led_by(need, query) == words
