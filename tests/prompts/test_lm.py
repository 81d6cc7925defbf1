from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from goeswith.prompts import LM, LMSettings, LMSettingsError
from goeswith.prompts.errors import CallError
from goeswith.prompts.lm import Call, guess_tokens
from goeswith.prompts.settings import price, route
from goeswith.prompts.transport import Sent, Wire

RNG = random.Random(1)
MESSAGES = [{"role": "user", "content": "hello"}]


class Clock:
    """Time that passes only when someone sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Scripted:
    """A transport that gives what it is told to."""

    def __init__(self, *steps: CallError | Sent | Callable[[], None]) -> None:
        self.steps = list(steps)
        self.sent = 0

    async def send(self, wire: Wire) -> Sent:
        assert wire.cap > 0
        self.sent += 1
        step = self.steps.pop(0) if self.steps else Sent("{}", 1, 1)
        if isinstance(step, CallError):
            raise step
        if isinstance(step, Sent):
            return step
        step()
        await asyncio.sleep(0)
        return Sent("{}", 1, 1)

    async def close(self) -> None:
        return

    def body(self, wire: Wire) -> dict[str, object]:
        return {"messages": wire.messages}


def _lm(clock: Clock, *transports: Scripted, **more: object) -> LM:
    fallback = LMSettings(model="openai/b", api_base="http://b", retries=0)
    settings = LMSettings(
        model="openai/a",
        api_base="http://a",
        fallback=fallback if len(transports) > 1 else None,
        **more,  # type: ignore[arg-type]
    )
    return LM(settings, clock=clock, sleep=clock.sleep, rng=RNG, transports=transports)


def test_waits_grow_and_are_jittered() -> None:
    clock = Clock()
    with _lm(clock, Scripted(*[CallError("server")] * 4), retries=4) as lm:
        lm.complete(MESSAGES, {}, Call(deadline=clock() + 60))
    assert len(clock.slept) == 4
    assert all(0.125 <= wait <= 0.25 * 2**n for n, wait in enumerate(clock.slept))
    assert len(set(clock.slept)) > 1


def test_retry_after_is_honoured_to_the_letter() -> None:
    clock = Clock()
    with _lm(clock, Scripted(CallError("rate_limited", retry_after=7.0))) as lm:
        lm.complete(MESSAGES, {}, Call(deadline=clock() + 60))
    assert clock.slept == [7.0]


def test_no_wait_goes_past_the_deadline() -> None:
    clock = Clock()
    transport = Scripted(CallError("rate_limited", retry_after=7.0))
    with _lm(clock, transport) as lm, pytest.raises(CallError, match="rate_limited"):
        lm.complete(MESSAGES, {}, Call(deadline=clock() + 6.9))
    assert clock.slept == []
    assert transport.sent == 1


def test_retries_end() -> None:
    clock = Clock()
    transport = Scripted(*[CallError("unreachable")] * 9)
    with _lm(clock, transport, retries=2) as lm, pytest.raises(CallError, match="unreachable"):
        lm.complete(MESSAGES, {}, Call(deadline=clock() + 600))
    assert transport.sent == 3


def test_a_past_deadline_makes_no_call() -> None:
    clock, transport = Clock(), Scripted()
    with _lm(clock, transport) as lm, pytest.raises(CallError, match="deadline"):
        lm.complete(MESSAGES, {}, Call(deadline=clock() - 1))
    assert transport.sent == 0


def test_a_refusal_goes_to_the_fallback_but_a_bad_reply_does_not() -> None:
    clock = Clock()
    first, second = Scripted(CallError("refused")), Scripted(Sent("two", 1, 1))
    with _lm(clock, first, second) as lm:
        assert lm.complete(MESSAGES, {}, Call(deadline=clock() + 9)).text == "two"
    first, second = Scripted(CallError("bad_reply")), Scripted()
    with _lm(clock, first, second) as lm, pytest.raises(CallError, match="bad_reply"):
        lm.complete(MESSAGES, {}, Call(deadline=clock() + 9))
    assert second.sent == 0


def test_half_open_lets_one_probe_through() -> None:
    clock = Clock()
    gate: list[asyncio.Event] = []

    class Gated(Scripted):
        async def send(self, wire: Wire) -> Sent:
            if gate:
                self.sent += 1
                await gate[0].wait()
                return Sent("{}", 1, 1)
            return await super().send(wire)

    transport = Gated(*[CallError("server")] * 2)
    with _lm(clock, transport, retries=0, breaker_threshold=2, breaker_cooldown=10.0) as lm:
        for _ in range(2):
            with pytest.raises(CallError, match="server"):
                lm.complete(MESSAGES, {}, Call())
        with pytest.raises(CallError, match="breaker_open"):
            lm.complete(MESSAGES, {}, Call())
        clock.now += 11

        async def scene() -> list[object]:
            gate.append(asyncio.Event())
            tasks = [asyncio.ensure_future(lm.on_loop(MESSAGES, {}, Call())) for _ in range(50)]
            for _ in range(5):
                await asyncio.sleep(0)
            gate[0].set()
            return list(await asyncio.gather(*tasks, return_exceptions=True))

        results = lm.loop.submit(scene()).result(5)
        assert transport.sent == 3
        assert sum(isinstance(r, CallError) for r in results) == 49
        assert lm.complete(MESSAGES, {}, Call()).text == "{}", "the probe closed the breaker"


def test_used_again_after_close() -> None:
    clock = Clock()
    lm = _lm(clock, Scripted())
    for _ in range(2):
        assert lm.complete(MESSAGES, {}, Call()).text == "{}"
        lm.close()


def test_a_guess_of_tokens_is_generous() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 20
    assert guess_tokens([{"role": "user", "content": text}], {}) > 200 * 1.2


def test_missing_usage_is_guessed_and_flagged() -> None:
    clock = Clock()
    with _lm(clock, Scripted(Sent("{}" * 30))) as lm:
        reply = lm.complete(MESSAGES, {}, Call())
    assert not reply.exact
    assert reply.cost.tokens > 20


@pytest.mark.parametrize(
    ("model", "base", "url", "name", "env"),
    [
        ("openai/gpt-5-mini", "", "https://api.openai.com/v1", "gpt-5-mini", "OPENAI_API_KEY"),
        ("openai/x", "http://localhost:1/v1/", "http://localhost:1/v1", "x", ""),
        ("openai/org/x", "http://localhost:1", "http://localhost:1", "org/x", ""),
        ("my/own", "http://localhost:1", "http://localhost:1", "my/own", ""),
        ("ollama/llama3", "", "http://localhost:11434/v1", "llama3", ""),
        ("plain", "http://localhost:1", "http://localhost:1", "plain", ""),
    ],
)
def test_routes(model: str, base: str, url: str, name: str, env: str) -> None:
    way = route(LMSettings(model=model, api_base=base))
    assert (way.url, way.model, way.api_key_env) == (url + "/chat/completions", name, env)


@pytest.mark.parametrize(
    ("model", "base"),
    [
        ("", "http://x"),
        ("openai/", ""),
        ("nowhere/x", ""),
        ("plain", ""),
        ("openai/x", "ftp://x"),
        ("openai/x", "http://user:secret@x"),
        ("openai/x", "http://x?key=secret"),
        ("openai/x", "not an address"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_without_telling_secrets(
    model: str, base: str
) -> None:
    with pytest.raises(LMSettingsError) as caught:
        LM(LMSettings(model=model, api_base=base))
    assert "secret" not in str(caught.value)


def test_prices_come_from_settings_then_table_then_unknown() -> None:
    assert price(LMSettings(model="openai/gpt-5-mini")) == (0.25e-6, 2e-6, True)
    assert price(LMSettings(model="openai/gpt-5-mini", price_in=1, price_out=2))[2]
    assert price(LMSettings(model="openai/gpt-5-mini", api_base="http://x")) == (0.0, 0.0, False)
    assert price(LMSettings(model="openai/never-heard-of")) == (0.0, 0.0, False)


def test_the_version_follows_the_model_and_never_the_key_name() -> None:
    base = LMSettings(model="openai/a", api_base="http://a")
    assert (
        base.version == LMSettings(model="openai/a", api_base="http://a", api_key_env="K").version
    )
    assert base.version != LMSettings(model="openai/b", api_base="http://a").version
    assert base.version != LMSettings(model="openai/a", api_base="http://a", fallback=base).version
