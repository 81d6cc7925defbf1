"""Stale, cut and failed: what is served, and what happens behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from goeswith.engine.budget import Budget
from goeswith.engine.engine import Engine
from goeswith.engine.errors import HomeDamagedError
from goeswith.engine.serving.background import Background
from goeswith.engine.settings import Settings, load_settings

LENS = "lens for Canon EOS R10"
SHORT = Budget(deadline_ms=1)


@pytest.fixture(scope="module")
def settings() -> Settings:
    flags = {"retrieval.embedder": "hash", "cache.ttl_s": 1_000, "cache.stale_s": 10_000}
    return load_settings(environ={}, flags=flags)


@pytest.fixture
def engine(home: Path, settings: Settings) -> Iterator[Engine]:
    with Engine.open(home, settings=settings) as opened:
        yield opened


@pytest.fixture
def later(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock of the cache forward."""
    now = engine.answers._clock

    def shift(seconds: float) -> None:
        monkeypatch.setattr(engine.answers, "_clock", lambda: now() + seconds)

    return shift


def behind(engine: Engine) -> Background:
    assert engine.background is not None
    return engine.background


def test_a_stale_answer_is_served_and_refreshed(
    engine: Engine, settings: Settings, later: Callable[[float], None]
) -> None:
    built = engine.ask(LENS)
    later(settings.cache.ttl_s + 10)
    stale = engine.ask(LENS)
    assert (stale.cache.stale, stale.body) == (True, built.body)
    assert behind(engine).drain(30.0)
    again = engine.ask(LENS)
    assert (again.cache.tier, again.cache.stale) == ("memory", False)
    assert again.cache.age_s < 60


def test_a_look_refreshes_too(
    engine: Engine, settings: Settings, later: Callable[[float], None]
) -> None:
    assert engine.look(LENS) is None
    engine.ask(LENS)
    later(settings.cache.ttl_s + 10)
    looked = engine.look(LENS)
    assert looked is not None
    assert looked.cache.stale
    assert behind(engine).drain(30.0)
    again = engine.look(LENS)
    assert again is not None
    assert not again.cache.stale


def test_an_old_answer_is_served_when_a_build_fails(
    engine: Engine,
    settings: Settings,
    later: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = engine.ask(LENS)
    later(settings.cache.ttl_s + settings.cache.stale_s + 10)

    def broken(*_: object) -> None:
        raise HomeDamagedError("The index is damaged. Build it again.")

    monkeypatch.setattr(engine._current.opened.builder(), "build", broken)
    old = engine.ask(LENS)
    assert (old.cache.stale, old.body) == (True, built.body)
    with pytest.raises(HomeDamagedError):
        engine.ask("battery for Nikon Z50")
    later(settings.cache.ttl_s + settings.cache.error_s + 10)
    with pytest.raises(HomeDamagedError):
        engine.ask(LENS)


def test_a_cut_answer_is_finished_behind_the_scenes(engine: Engine) -> None:
    cut = engine.ask(LENS, budget=SHORT)
    assert cut.data().degraded == ("deadline",)
    assert behind(engine).drain(30.0)
    whole = engine.ask(LENS, budget=SHORT)
    assert (whole.cache.tier, whole.data().degraded) == ("memory", ())
    assert engine.ask(LENS).body == whole.body


def test_closing_finishes_what_was_cut(home: Path, settings: Settings) -> None:
    with Engine.open(home, settings=settings) as engine:
        assert engine.ask(LENS, budget=SHORT).data().degraded
    with Engine.open(home, settings=settings) as engine:
        answer = engine.ask(LENS)
    assert (answer.cache.tier, answer.data().degraded) == ("disk", ())


def test_what_more_time_does_not_cure_is_not_tried_again(engine: Engine) -> None:
    assert engine.ask(LENS, budget=Budget(edges=1)).data().degraded == ("edges",)
    assert behind(engine).drain(30.0)
    assert behind(engine).counts.done == 0


def test_nothing_happens_behind_where_it_is_turned_off(home: Path, settings: Settings) -> None:
    off = msgspec.structs.replace(
        settings, cache=msgspec.structs.replace(settings.cache, background="off")
    )
    with Engine.open(home, settings=off) as engine:
        assert engine.background is None
        first, second = (engine.ask(LENS, budget=SHORT) for _ in range(2))
    assert first.body == second.body
    assert second.cache.tier == "memory"


def test_a_paraphrase_is_served_and_follows_a_drop(engine: Engine) -> None:
    first = engine.ask("small camera bag")
    second = engine.ask("camera bag that is small")
    assert (second.cache.tier, second.body) == ("paraphrase", first.body)
    assert second.cache.key == first.cache.key
    looked = engine.look("camera bag that is small")
    assert looked is not None
    assert looked.cache.tier == "paraphrase"
    engine.answers.clear()
    assert engine.look("camera bag that is small") is None
    assert engine.ask("camera bag that is small").cache.tier == "none"


def test_no_paraphrase_is_served_where_it_is_turned_off(home: Path, settings: Settings) -> None:
    off = msgspec.structs.replace(
        settings, cache=msgspec.structs.replace(settings.cache, paraphrase="off")
    )
    with Engine.open(home, settings=off) as engine:
        engine.ask("small camera bag")
        assert engine.ask("camera bag that is small").cache.tier == "none"
