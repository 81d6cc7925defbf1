"""The one way to call a model: within a deadline, a purse, a breaker and a bound on calls."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from goeswith.prompts.errors import BudgetSpentError, CallError
from goeswith.prompts.limits import Breaker, Cost, Purse, Tally, pause
from goeswith.prompts.loop import OwnLoop
from goeswith.prompts.question import Message
from goeswith.prompts.settings import LMSettings, price, route
from goeswith.prompts.transport import AdaptedError, HttpTransport, Sent, Transport, Wire

T = TypeVar("T")

_RETRY = frozenset({"rate_limited", "server", "unreachable", "timeout"})
_ELSEWHERE = _RETRY | {"breaker_open", "refused", "not_configured"}
_FAIR_SECONDS = 2.0
_MOST_ADAPTED = 4
_SHARE_WITH_FALLBACK = 0.6


@dataclasses.dataclass(frozen=True)
class Call:
    """The bounds of one asking.

    `deadline` is a moment of the LM's clock (`lm.clock()`, seconds); None leaves the settings'
    timeout as the only bound. `stage` is the name under which the purse counts. `cap` bounds the
    reply's tokens, None leaves it to the program.
    """

    stage: str = "lm"
    deadline: float | None = None
    purse: Purse = dataclasses.field(default_factory=Tally)
    cap: int | None = None


class Reply(msgspec.Struct, frozen=True):
    """A model's text and what it used. `exact` is False where tokens had to be guessed."""

    text: str
    model: str
    cost: Cost
    exact: bool = True
    truncated: bool = False


class _HeldError(Exception):
    """The server asked for a pause while this call waited for room."""


@dataclasses.dataclass
class _Lane:
    settings: LMSettings
    transport: Transport
    breaker: Breaker
    price_in: float
    price_out: float
    home: asyncio.AbstractEventLoop | None = None
    places: asyncio.Semaphore | None = None

    def room(self) -> asyncio.Semaphore:
        """Return the bound on calls at once, a new one when the loop is (after close or fork)."""
        loop = asyncio.get_running_loop()
        if self.places is None or self.home is not loop:
            self.home, self.places = loop, asyncio.Semaphore(self.settings.concurrency)
        return self.places


class LM:
    """A model, and the one to fall back to. Safe to share between threads and event loops.

    All calls run on one event loop in a thread of its own, so connections, breaker and bounds are
    shared by whoever asks. The thread starts with the first call.

    Raises:
        LMSettingsError: the settings cannot be used.
    """

    def __init__(
        self,
        settings: LMSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
        environ: Mapping[str, str] = os.environ,
        transports: tuple[Transport, ...] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._sleep = sleep
        self._rng = rng or random.Random()  # noqa: S311
        chain = (settings,) + ((settings.fallback,) if settings.fallback else ())
        if transports is None:
            transports = tuple(HttpTransport(s, route(s), environ) for s in chain)
        self._lanes = tuple(self._lane(s, t) for s, t in zip(chain, transports, strict=True))
        self.loop = OwnLoop()

    def __repr__(self) -> str:
        return f"LM({self.settings.model!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def version(self) -> str:
        """Digest of what decides a reply."""
        return self.settings.version

    @property
    def price_known(self) -> bool:
        """False when money cannot be counted because no price is known."""
        return all(price(lane.settings)[2] for lane in self._lanes)

    @property
    def breakers(self) -> list[tuple[str, str]]:
        """Each model in the order in which they are asked, and the state of its breaker now."""
        return [(lane.settings.model, lane.breaker.state) for lane in self._lanes]

    def within(self, seconds: float, stage: str = "lm", purse: Purse | None = None) -> Call:
        """Return the bounds of an asking that ends `seconds` from now."""
        return Call(stage=stage, deadline=self.clock() + seconds, purse=purse or Tally())

    def complete(self, messages: list[Message], schema: dict[str, object], call: Call) -> Reply:
        """Ask, and wait for the reply. Raises CallError. Not for use on an event loop."""
        left = None if call.deadline is None else call.deadline - self.clock()
        return self.loop.wait(self.loop.submit(self.on_loop(messages, schema, call)), left)

    async def acomplete(
        self, messages: list[Message], schema: dict[str, object], call: Call
    ) -> Reply:
        """Ask from any event loop. Raises CallError. Cancelling stops the request in flight."""
        return await self.loop.await_(self.loop.submit(self.on_loop(messages, schema, call)))

    def body(
        self, messages: list[Message], schema: dict[str, object], cap: int
    ) -> dict[str, object]:
        """Return the body a request to the first model would have."""
        return self._lanes[0].transport.body(Wire(messages=messages, schema=schema, cap=cap))

    async def on_loop(
        self, messages: list[Message], schema: dict[str, object], call: Call
    ) -> Reply:
        """Ask, on the LM's own loop. For engines; others use `complete` or `acomplete`."""
        wire = Wire(messages=messages, schema=schema, cap=call.cap or 1024)
        failure = CallError("deadline", "no time was left to ask")
        for lane, last in zip(self._lanes, [False] * (len(self._lanes) - 1) + [True], strict=True):
            try:
                return await self._tries(lane, wire, call, last)
            except CallError as error:
                failure = error
                if error.reason not in _ELSEWHERE:
                    break
        raise failure

    def close(self) -> None:
        """Give up calls under way, close connections, stop the thread. Usable again afterwards."""
        self.loop.close(self._hang_up)

    async def _hang_up(self) -> None:
        for lane in self._lanes:
            await lane.transport.close()

    def _lane(self, settings: LMSettings, transport: Transport) -> _Lane:
        price_in, price_out, _ = price(settings)
        breaker = Breaker(self.clock, settings.breaker_threshold, settings.breaker_cooldown)
        return _Lane(settings, transport, breaker, price_in, price_out)

    def _left(self, call: Call, lane: _Lane) -> float:
        return lane.settings.timeout if call.deadline is None else call.deadline - self.clock()

    async def _tries(self, lane: _Lane, wire: Wire, call: Call, last: bool) -> Reply:
        failures = adapted = 0
        while True:
            await self._admit(lane, call)
            try:
                return await self._hedged(lane, wire, call, last)
            except _HeldError:
                continue
            except AdaptedError:
                adapted += 1
                if adapted > _MOST_ADAPTED:
                    raise
            except CallError as error:
                if error.retry_after is not None:
                    lane.breaker.hold(error.retry_after)
                if error.reason not in _RETRY or failures >= lane.settings.retries:
                    raise
                wait = (
                    pause(failures, self._rng) if error.retry_after is None else error.retry_after
                )
                if wait >= self._left(call, lane):
                    raise
                failures += 1
                await self._sleep(wait)

    async def _admit(self, lane: _Lane, call: Call) -> None:
        """Wait out what the server asked for, or give up where that or the breaker forbids."""
        left = self._left(call, lane)
        if left <= 0:
            raise CallError("deadline", "no time was left to ask")
        wait = lane.breaker.wait()
        if wait <= 0:
            return
        if lane.breaker.state != "closed":
            raise CallError("breaker_open", "the model keeps failing")
        if wait >= left:
            raise CallError("rate_limited", "the server asked for a longer pause than there is")
        await self._sleep(wait)

    async def _hedged(self, lane: _Lane, wire: Wire, call: Call, last: bool) -> Reply:
        after = lane.settings.hedge_after
        if after is None:
            return await self._try(lane, wire, call, last)
        tries = [asyncio.ensure_future(self._try(lane, wire, call, last))]
        try:
            done, _ = await asyncio.wait(tries, timeout=after)
            if not done:
                tries.append(asyncio.ensure_future(self._try(lane, wire, call, last)))
            pending = set(tries)
            while True:
                done, pending = await asyncio.wait(pending, return_when="FIRST_COMPLETED")
                good = [t for t in tries if t in done and t.exception() is None]
                if good or not pending:
                    return (good or tries[:1])[0].result()
        finally:
            for task in tries:
                task.cancel()
            await asyncio.gather(*tries, return_exceptions=True)

    async def _try(self, lane: _Lane, wire: Wire, call: Call, last: bool) -> Reply:
        """Make one request: room, breaker, purse, request, account."""
        room = lane.room()
        try:
            async with asyncio.timeout(self._left(call, lane)):
                await room.acquire()
        except TimeoutError:
            raise CallError("deadline", "too many calls were under way") from None
        try:
            left = self._left(call, lane)
            if left <= 0:
                raise CallError("deadline", "no time was left to ask")
            if not lane.breaker.enter():
                if lane.breaker.state == "closed":
                    raise _HeldError
                raise CallError("breaker_open", "the model keeps failing")
            share = left if last else left * _SHARE_WITH_FALLBACK
            try:
                return await self._paid(lane, wire, call, min(share, lane.settings.timeout))
            finally:
                lane.breaker.leave()
        finally:
            room.release()

    async def _paid(self, lane: _Lane, wire: Wire, call: Call, seconds: float) -> Reply:
        guess = guess_tokens(wire.messages, wire.schema)
        most = self._cost(lane, guess, wire.cap)
        try:
            call.purse.reserve(call.stage, most)
        except BudgetSpentError as error:
            raise CallError("budget", str(error)) from None
        actual = most
        try:
            async with asyncio.timeout(seconds):
                sent = await lane.transport.send(wire)
            reply = self._reply(lane, sent, guess)
            actual = reply.cost
            lane.breaker.succeed()
            return reply
        except TimeoutError:
            if seconds >= min(_FAIR_SECONDS, lane.settings.timeout):
                lane.breaker.fail()
            raise CallError("timeout", f"no reply within {seconds:.1f} s") from None
        except CallError as error:
            actual = Cost(calls=1)
            if error.reason in ("server", "unreachable"):
                lane.breaker.fail()
            raise
        finally:
            call.purse.settle(call.stage, most, actual)

    def _reply(self, lane: _Lane, sent: Sent, guess: int) -> Reply:
        used_in = guess if sent.tokens_in is None else max(0, sent.tokens_in)
        said = len(sent.text.encode("utf-8", "replace")) // 3 + 1
        used_out = said if sent.tokens_out is None else max(0, sent.tokens_out)
        return Reply(
            text=sent.text,
            model=lane.settings.model,
            cost=self._cost(lane, used_in, used_out),
            exact=sent.tokens_in is not None and sent.tokens_out is not None,
            truncated=sent.truncated,
        )

    def _cost(self, lane: _Lane, tokens_in: int, tokens_out: int) -> Cost:
        usd = tokens_in * lane.price_in + tokens_out * lane.price_out
        return Cost(calls=1, tokens=tokens_in + tokens_out, usd=usd)


def guess_tokens(messages: list[Message], schema: dict[str, object]) -> int:
    """Return a generous guess of a prompt's tokens: one for every 2.5 bytes of text and schema."""
    size = sum(len(m["content"].encode("utf-8", "replace")) for m in messages)
    return int((size + len(msgspec.json.encode(schema))) / 2.5) + 8 * len(messages)
