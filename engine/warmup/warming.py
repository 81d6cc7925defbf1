"""What the engine gives the warm-up job: a reader of questions, a look in the store, a worker."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from goeswith.cache import Flag
from goeswith.cache.warmup import Built, Meaning, Outcome, Spec, Spend, Unread
from goeswith.engine.budget import Budget
from goeswith.engine.engine import Engine
from goeswith.engine.errors import QuestionError, SettingsError
from goeswith.engine.serving.privacy import is_personal
from goeswith.engine.settings import Settings

PATIENCE_MS = 600_000
"""The deadline of a warm-up build: nobody waits for it, so the clock need not cut it short."""


NO_LM = "none"
"""The LM version of an engine without an LM."""


class Order(msgspec.Struct, frozen=True):
    """How a worker opens a home.

    Attributes:
        home: Absolute path.
        settings: The settings, as JSON.
        locale: Language tag of the log.
        usd_per_token: Price of an LM token, prompt or reply.
        scratch: Folder of a store to write to instead of the home's own, or "".
    """

    home: str
    settings: str
    locale: str = "en"
    usd_per_token: float = 0.0
    scratch: str = ""

    def spec(self) -> Spec:
        """Return how any process opens such a worker."""
        return Spec(
            "goeswith.engine.warmup.warming:open_encoded", msgspec.json.encode(self).decode()
        )


def order_of(settings: Settings, locale: str = "en", usd_per_mtok: float = 0.0) -> Order:
    """Return the order for the home of these settings. `usd_per_mtok`: USD for a million tokens."""
    home = Path(settings.home).absolute()
    told = msgspec.structs.replace(settings, home=home)
    encoded = msgspec.json.encode(told, enc_hook=str).decode()
    return Order(str(home), encoded, locale, usd_per_mtok / 1e6)


def open_encoded(arguments: str) -> EngineWorker:
    """Open a worker from an `Order` as JSON, in whatever process."""
    return open_worker(msgspec.json.decode(arguments, type=Order))


def open_worker(order: Order) -> EngineWorker:
    """Open a worker, its indexes read.

    Raises:
        HomeError: there is no usable index.
        CacheError: the store cannot be opened.
    """
    settings = msgspec.json.decode(order.settings, type=Settings, dec_hook=_path)
    scratch = Path(order.scratch) if order.scratch else None
    engine = Engine.open(order.home, settings=settings, cache=scratch)
    return worker_of(engine, order)


def worker_of(engine: Engine, order: Order) -> EngineWorker:
    """Return a worker that builds with an open engine, its indexes read."""
    settings = msgspec.json.decode(order.settings, type=Settings, dec_hook=_path)
    engine.warm()
    return EngineWorker(
        engine,
        settings.budget,
        order.locale,
        usd_per_token=order.usd_per_token,
        anew=bool(order.scratch),
    )


class EngineWorker:
    """Builds and stores answers as `Engine.ask` does on a miss, but with all the time it takes.

    The deadline is no part of an answer's key, and an answer that was not cut short does not
    depend on it.
    """

    def __init__(
        self,
        engine: Engine,
        budget: Budget,
        locale: str = "en",
        *,
        usd_per_token: float = 0.0,
        anew: bool = False,
    ) -> None:
        """Build with an open engine, which is closed with the worker.

        With `anew`, what the store has is forgotten and built again.
        """
        self._engine = engine
        self._budget = msgspec.structs.replace(budget, deadline_ms=PATIENCE_MS)
        self._locale = locale
        self._price = usd_per_token
        self._anew = anew

    def build(self, text: str) -> Built:
        """See `goeswith.cache.warmup.work.Worker`."""
        answers = self._engine.answers
        if self._anew:
            self._forget(text)
        outdated = answers.counts.outdated
        began = time.perf_counter()
        answer = self._engine.build_for_cache(text, locale=self._locale, budget=self._budget)
        seconds = time.perf_counter() - began
        tokens = answer.cost.lm_tokens
        spend = Spend(answer.cost.lm_calls, tokens, tokens * self._price)
        found = kept(self._engine, answer.cache.key)
        if found is None:
            degraded = answer.data().degraded
            reason = f"cut short: {', '.join(degraded)}" if degraded else "not stored"
            if answers.counts.outdated > outdated:
                reason = "dropped meanwhile"
            return Built(Outcome.FAILED, seconds, spend, reason)
        return Built(found, seconds, spend)

    def _forget(self, text: str) -> None:
        answers, key = self._engine.answers, self._engine.read(text, locale=self._locale)[1]
        if answers.disk is not None and answers.get(key) is not None:
            answers.disk.delete((key,))
            answers.memory.pop(key)

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()


def meaning(engine: Engine, text: str, locale: str = "en") -> Meaning | Unread:
    """Return the key and kind of a question, or why it is not warmed."""
    try:
        question, key = engine.read(text, locale=locale)
    except QuestionError:
        return Unread("not a question")
    if is_personal(question.text):
        return Unread("personal")
    return Meaning(key, question.intent.value)


def kept(engine: Engine, key: str) -> Outcome | None:
    """Return what the store would serve fresh under a key."""
    hit = engine.answers.get(key)
    if hit is None or hit.stale or hit.flags & Flag.PARTIAL:
        return None
    return Outcome.EMPTY if hit.flags & Flag.NEGATIVE else Outcome.COMPLETE


def ceiling(engine: Engine, settings: Settings, usd_per_mtok: float = 0.0) -> Spend:
    """Return the most one question may spend, at a price in USD for a million LM tokens."""
    if engine.versions.lm == NO_LM:
        return Spend()
    budget = settings.budget
    return Spend(budget.lm_calls, budget.lm_tokens, budget.lm_tokens * usd_per_mtok / 1e6)


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise SettingsError(f"A worker cannot read a setting of type {kind.__name__}.")
