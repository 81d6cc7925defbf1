from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.distil.job import Result
from goeswith.engine.distil.session import Limits, Session, open_session
from goeswith.engine.engine import Engine
from goeswith.engine.errors import HomeWriteError
from goeswith.engine.model import Relation
from goeswith.engine.settings import Settings
from goeswith.prompts import LM
from tests.engine.distil.conftest import MODEL, TRUE, Knowing
from tests.fixtures.lmserver.camera import answer as camera_model
from tests.fixtures.lmserver.engines import (
    BIRDS,
    BIRDS_AGAIN,
    LANDSCAPE,
    WILDLIFE,
    asking_engine,
)
from tests.fixtures.lmserver.transport import FakeTransport, fake_lm

Opening = Callable[[], AbstractContextManager[Session]]


def run(opening: Opening, limits: Limits | None = None, **more: Any) -> Result:
    with opening() as session:
        assert session.lm is not None
        return session.job(None).run(session.asker(session.lm, limits or Limits()), **more)


def edges(opening: Opening) -> dict[tuple[str, str], str]:
    with opening() as session:
        heads = range(len(session.shop.catalog.types))
        found = session.known.type_relations(heads, frozenset(Relation))
        return {(p.source.label.lower(), p.target.label.lower()): p.relation for p in found}


def test_what_the_model_knows_is_kept_and_nothing_else(session: Opening, model: Knowing) -> None:
    result = run(session)
    assert (result.stopped, result.left) == ("", 0)
    assert result.done == result.types == 26
    assert edges(session) == TRUE  # rain covers were imagined, then found in the shop
    assert result.accepted == len(TRUE)
    assert result.unmapped == 1  # "warp drive"
    assert result.none > 0
    assert result.cost.calls == len(model.bodies) == result.asked


def test_a_pair_is_asked_about_once(session: Opening, model: Knowing) -> None:
    run(session)
    asked: Counter[frozenset[str]] = Counter()
    for body in model.bodies:
        system, text = (body["messages"][n]["content"] for n in (0, -1))
        lists = [json.loads(line) for line in text.splitlines() if line.startswith("[{")]
        if "baskets show" in system:
            assert all(pair["baskets"] > 0 and pair["times_chance"] > 1 for pair in lists[0])
            asked.update(frozenset((p["left"], p["right"])) for p in lists[0])
        elif "how products belong together" in system:
            names = {anchor["id"]: anchor["name"] for anchor in lists[0]}
            real = [p for p in lists[1] if names[p["anchor"]][0].isupper()]
            asked.update(frozenset((names[p["anchor"]], p["name"])) for p in real)
    assert len(asked) > 20
    assert max(asked.values()) == 1


def test_a_second_run_asks_nothing(session: Opening, model: Knowing) -> None:
    run(session)
    before = len(model.bodies)
    again = run(session)
    assert (again.done, again.resumed, again.left) == (0, 26, 0)
    run(session, restart=True)
    assert len(model.bodies) == before


def test_the_calls_are_never_exceeded_and_it_goes_on_where_it_stopped(
    session: Opening, model: Knowing
) -> None:
    first = run(session, Limits(calls=9))
    assert first.stopped == "budget"
    assert len(model.bodies) == first.cost.calls <= 9
    assert 0 < first.left < 26
    second = run(session)
    assert (second.resumed, second.left) == (first.done, 0)
    assert edges(session) == TRUE


def test_an_estimate_is_near_and_asks_nothing(session: Opening, model: Knowing) -> None:
    with session() as opened:
        assert opened.lm is not None
        found = opened.job(None).estimate(opened.lm)
    assert model.bodies == []
    result = run(session)
    assert found.todo == result.types
    assert 0.5 * result.asked <= found.calls <= 1.5 * result.asked


def test_a_question_over_distilled_types_does_not_ask_what_they_bring(
    settings: Settings, session: Opening, model: Knowing, tmp_path: Path
) -> None:
    def extensions(home: Path) -> int:
        before = len(model.bodies)
        with (
            LM(MODEL, transports=(model,)) as lm,
            Engine.open(home, settings=settings, lm=lm) as engine,
        ):
            engine.ask("pictures of my holidays", use_cache=False)
        asked = [body["messages"][0]["content"] for body in model.bodies[before:]]
        return sum("chosen products bring" in system for system in asked)

    fresh = shutil.copytree(settings.home, tmp_path / "fresh")
    run(session)
    assert (extensions(fresh), extensions(settings.home)) == (1, 0)


def test_two_at_once_are_refused(settings: Settings) -> None:
    with (
        open_session(settings),
        pytest.raises(HomeWriteError, match="Another distillation"),
        open_session(settings),
    ):
        pass


CAMERA_QUESTIONS = (BIRDS, BIRDS_AGAIN, LANDSCAPE, WILDLIFE, "video kit", "out in the rain")


def calls_by_question(home: Path, tmp_path: Path) -> list[int]:
    """Count the calls of each question when it is the first one that a home is asked."""
    counts: list[int] = []
    for question in CAMERA_QUESTIONS:
        own = shutil.copytree(home, tmp_path / f"{home.name}-{len(counts)}")
        with asking_engine(own) as (engine, asked):
            told = engine.ask(question)
            assert told.cost.lm_calls == sum(asked.asked.values())
            assert not told.data().degraded
        counts.append(told.cost.lm_calls)
    return counts


def test_a_distilled_shop_asks_less_in_all(settings: Settings, tmp_path: Path) -> None:
    home = Path(settings.home)
    fresh = calls_by_question(home, tmp_path)
    model = fake_lm(FakeTransport(camera_model))
    with model as lm, open_session(settings, lm) as opened:
        result = opened.job(None).run(opened.asker(lm, Limits()))
    assert result.accepted
    distilled = calls_by_question(Path(shutil.copytree(home, tmp_path / "distilled")), tmp_path)
    print(f"\n{fresh} calls without, {distilled} with distilling")
    assert all(after < before for before, after in zip(fresh, distilled, strict=True))
    assert sum(distilled) <= 0.6 * sum(fresh)
