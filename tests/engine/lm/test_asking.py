"""Asking a model inside a build's budget: what is counted, what a failure means for the answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goeswith.engine.budget import Budget, Meter
from goeswith.engine.lm.asking import LATE, SPENT, Ask, Asker
from goeswith.engine.lm.spending import Ledger
from goeswith.prompts import LM, PHRASE, PLAN, Failed, PhraseAsk, PlanAsk, preload
from goeswith.prompts.plan import Planned
from tests.fixtures.lmserver.camera import answer
from tests.fixtures.lmserver.transport import FakeTransport, fake_lm

PLAN_ASK = Ask(PLAN, PlanAsk("kit for landscape photos"))
PHRASE_ASK = Ask(PHRASE, PhraseAsk((("n1", "tripod"),)))


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    preload()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport(answer)


@pytest.fixture
def lm(transport: FakeTransport) -> Iterator[LM]:
    with fake_lm(transport, retries=0, timeout=20.0, price_in=10.0, price_out=10.0) as made:
        yield made


def test_askings_together_are_one_round_and_all_counted(lm: LM) -> None:
    meter = Meter(Budget(deadline_ms=60_000))
    ask = Asker(lm, meter)
    planned, phrased = ask([PLAN_ASK, PHRASE_ASK])
    assert isinstance(planned, Planned)
    assert phrased.queries == (("n1", ("tripod",)),)
    assert (ask.rounds, meter.lm_rounds, meter.lm_calls, meter.lm_tokens) == (1, 1, 2, 240)
    assert meter.lm_usd == pytest.approx(240 * 10 / 1e6)
    assert {name: cost.calls for name, cost in ask.stages.items()} == {"plan": 1, "phrase": 1}
    assert not ask.troubles
    assert meter.stages["lm"] > 0.0


@pytest.mark.parametrize("deadline_ms", [100, 1_000, 8_000])
def test_a_model_that_is_late_leaves_time_for_the_answer(
    lm: LM, monkeypatch: pytest.MonkeyPatch, deadline_ms: int
) -> None:
    waited: list[float] = []
    wait = lm.loop.wait

    def spy(future: Any, seconds: float, grace_s: float) -> Any:
        waited.append(seconds + grace_s)
        return wait(future, seconds, grace_s)

    monkeypatch.setattr(lm.loop, "wait", spy)
    Asker(lm, Meter(Budget(deadline_ms=deadline_ms), lambda: 0.0))([PLAN_ASK])
    [longest] = waited
    assert longest < 0.99 * deadline_ms / 1000.0


def test_nothing_to_ask_is_no_round(lm: LM) -> None:
    ask = Asker(lm, Meter(Budget()))
    assert ask([]) == []
    assert ask.rounds == 0


@pytest.mark.parametrize(
    "limits", [{"lm_calls": 1}, {"lm_calls": 0}, {"lm_tokens": 2_500}, {"usd": 0.02}]
)
def test_a_limit_is_kept_before_the_call_is_made(
    lm: LM, transport: FakeTransport, limits: dict[str, int]
) -> None:
    budget = Budget(deadline_ms=60_000, **limits)
    meter = Meter(budget)
    ask = Asker(lm, meter)
    for _ in range(12):
        ask([PLAN_ASK])
    assert sum(transport.asked.values()) < 12
    assert meter.lm_calls == sum(transport.asked.values()) <= budget.lm_calls
    assert meter.lm_tokens <= budget.lm_tokens
    assert meter.lm_usd <= budget.usd
    assert SPENT in ask.troubles


def test_the_day_pays_too(lm: LM, transport: FakeTransport, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "spending.db", calls=1)
    first, second = (Asker(lm, Meter(Budget(deadline_ms=60_000)), ledger) for _ in range(2))
    assert isinstance(first([PLAN_ASK])[0], Planned)
    [refused] = second([PLAN_ASK])
    assert isinstance(refused, Failed)
    assert second.troubles == [SPENT]
    assert sum(transport.asked.values()) == 1
    assert ledger.spent()["plan"].tokens == 120


@pytest.mark.alone
def test_a_call_in_flight_is_cancelled_before_the_deadline() -> None:
    hanging = FakeTransport(answer, share=1.0, faults=("timeout",))
    with fake_lm(hanging, timeout=30.0) as lm:
        meter = Meter(Budget(deadline_ms=400))
        ask = Asker(lm, meter)
        began = time.monotonic()
        [failed] = ask([PLAN_ASK])
        took = time.monotonic() - began
        assert isinstance(failed, Failed)
        assert took < 0.4 + 0.05
        assert meter.left_s > 0.0, "time is left to finish the answer"
        assert ask.troubles == ["lm_plan_failed"]
        assert ask.lack == LATE
        assert ask.calls_left == 0
        assert hanging.now == 0


def test_a_reply_that_is_no_good_is_the_models_own_fault() -> None:
    with fake_lm(FakeTransport(lambda body: "I would rather not.")) as lm:
        ask = Asker(lm, Meter(Budget(deadline_ms=60_000)))
        [failed] = ask([PLAN_ASK])
    assert isinstance(failed, Failed)
    assert failed.reason == "bad_reply"
    assert not ask.troubles, "asking again would not help"


def test_at_most_so_many_calls_are_under_way_at_once() -> None:
    transport = FakeTransport(answer)
    with fake_lm(transport, concurrency=2) as lm:
        ask = Asker(lm, Meter(Budget(deadline_ms=60_000, lm_calls=8)))
        ask([PLAN_ASK] * 8)
    assert sum(transport.asked.values()) == 8
    assert transport.most <= 2
