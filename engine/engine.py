"""The way through the house: question in, cache or build, answer out."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from goeswith.cache import AnswerCache, Flag, Flights, answer_key
from goeswith.engine.answer import Answer, CacheInfo, Cost, Tier, encode_body
from goeswith.engine.budget import Budget, Clock, Meter
from goeswith.engine.home import Generation, Home, reading
from goeswith.engine.model import Edge, type_name
from goeswith.engine.opening import open_builder, versions_of
from goeswith.engine.pack import Pack, load_pack
from goeswith.engine.privacy import is_personal
from goeswith.engine.question import Question, Vocabulary, read_question
from goeswith.engine.request import Request, as_request, unknown_skus
from goeswith.engine.settings import Settings, load_settings
from goeswith.engine.shown import shown_body
from goeswith.engine.storage import ANY_ANSWER, open_answers, open_flights

if TYPE_CHECKING:
    from goeswith.engine.builder.build import Builder
    from goeswith.engine.builder.listener import Listener
    from goeswith.engine.builder.subgraph import Subgraph
    from goeswith.engine.catalog import Snapshot
    from goeswith.engine.shop import Shop


class _Found(msgspec.Struct, frozen=True):
    """An answer's stored part, from the cache or just built; shared by all who asked for it."""

    body: bytes
    tier: Tier = "none"
    age_s: float = 0.0
    stale: bool = False
    cost: Cost = Cost(0.0)


class Explanation(msgspec.Struct, frozen=True):
    """An answer built afresh, with every edge the gate refused on the way."""

    answer: Answer
    refused: tuple[Edge, ...]
    labels: dict[str, str]


class Engine:
    """Answers questions over the current generation of one home folder.

    Opening is cheap: indexes are read when the first question misses the cache.
    """

    def __init__(
        self,
        generation: Generation,
        answers: AnswerCache,
        pack: Pack,
        settings: Settings,
        *,
        flights: Flights[_Found] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.generation = generation
        self.answers = answers
        self._pack = pack
        self._settings = settings
        self._clock = clock
        self._flights = flights or Flights()
        self._vocabulary = Vocabulary(brands=frozenset(generation.manifest.brands))
        self._builder: Builder | None = None
        self._opening = threading.Lock()
        self.versions = versions_of(generation, settings)

    @classmethod
    def open(cls, home: str | Path, *, settings: Settings | None = None) -> Self:
        """Open the current generation of a home folder and its cache.

        Raises:
            HomeError: there is no usable index; the message says what to do.
        """
        chosen = settings or load_settings()
        place = Home(Path(home))
        return cls(
            place.current(),
            open_answers(place.cache, chosen.cache),
            load_pack(),
            chosen,
            flights=open_flights(place.cache, chosen.budget),
        )

    def ask(
        self,
        asked: str | Request,
        *,
        locale: str = "en",
        budget: Budget | None = None,
        use_cache: bool = True,
        listener: Listener | None = None,
    ) -> Answer:
        """Answer a question, from the cache when it is known there.

        `locale` belongs to a question that is given as text; a request brings its own. `budget` is
        used instead of the settings'; a request can only lower it.

        A `listener` hears of the steps of a build that this call makes itself: nothing on a hit,
        and nothing of a build that somebody else had begun.

        Raises:
            QuestionError: the text is not a question that can be read.
            RequestError: the basket names products that this shop does not have.
        """
        began = self._clock()
        request = as_request(asked, locale)
        question, key, allowed = self._understood(request, budget)
        if not use_cache:
            built, _ = self._built(question, allowed, listener)
            return self._told(request, question, key, built, began)
        found = self._known(key)
        if found is None:
            found = self._flights.do(
                key,
                lambda: self._build(question, key, allowed, listener),
                lambda: self._known(key),
            )
        return self._told(request, question, key, found, began)

    async def aask(
        self, asked: str | Request, *, locale: str = "en", budget: Budget | None = None
    ) -> Answer:
        """Answer a question without blocking the event loop while it is built."""
        return await asyncio.to_thread(self.ask, asked, locale=locale, budget=budget)

    def read(self, asked: str | Request, *, locale: str = "en") -> tuple[Question, str]:
        """Return a question as it is understood, and the key of its answer.

        Raises:
            QuestionError: the text is not a question that can be read.
            RequestError: the basket names products that this shop does not have.
        """
        question, key, _ = self._understood(as_request(asked, locale), None)
        return question, key

    def build_for_cache(
        self, asked: str | Request, *, locale: str = "en", budget: Budget | None = None
    ) -> Answer:
        """Build an answer and store it as a miss does, unless a fresh one is there.

        Raises:
            QuestionError: the text is not a question that can be read.
            RequestError: the basket names products that this shop does not have.
        """
        began = self._clock()
        request = as_request(asked, locale)
        question, key, allowed = self._understood(request, budget)
        found = self._flights.do(
            key, lambda: self._build(question, key, allowed), lambda: self._fresh(key)
        )
        return self._told(request, question, key, found, began)

    def explain(self, asked: str | Request, *, locale: str = "en") -> Explanation:
        """Build an answer afresh and return it with what was refused."""
        began = self._clock()
        request = as_request(asked, locale)
        question, key, budget = self._understood(request, None)
        found, subgraph = self._built(question, budget)
        answer = self._told(request, question, key, found, began)
        return Explanation(answer, subgraph.refused, self._labels(subgraph))

    @property
    def shop(self) -> Shop:
        """The open indexes, for measuring and for tools that look inside."""
        return self._open_builder().shop

    def close(self) -> None:
        """Close the cache."""
        self.answers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def warm(self) -> None:
        """Read the indexes now, so that the first question does not wait for them."""
        self._open_builder().warm()

    def _known(self, key: str) -> _Found | None:
        hit = self.answers.get(key)
        if hit is None:
            return None
        return _Found(hit.payload, hit.tier, round(hit.age_s, 3), hit.stale)

    def _fresh(self, key: str) -> _Found | None:
        found = self._known(key)
        return None if found is None or found.stale else found

    def _build(
        self, question: Question, key: str, budget: Budget, listener: Listener | None = None
    ) -> _Found:
        since = self.answers.begin()
        found, subgraph = self._built(question, budget, listener)
        if not subgraph.degraded and not is_personal(question.text):
            flags = Flag(0) if subgraph.groups else Flag.NEGATIVE
            self.answers.put(key, found.body, tags_of(subgraph), flags=flags, since=since)
            # Read it back, so that this process has it in memory when it is asked again.
            self.answers.get(key)
        return found

    def _built(
        self, question: Question, budget: Budget, listener: Listener | None = None
    ) -> tuple[_Found, Subgraph]:
        began = self._clock()
        builder = self._open_builder()
        with reading(self.generation.folder):
            builder.warm()
            opening_ms = (self._clock() - began) * 1000.0
            meter = Meter(budget, self._clock)
            subgraph = builder.build(question, meter, listener)
        body = encode_body(question.canonical, subgraph, self.versions)
        return _Found(body, cost=Cost.of(meter, opening_ms)), subgraph

    def _understood(self, request: Request, budget: Budget | None) -> tuple[Question, str, Budget]:
        question = read_question(
            request.question,
            locale=request.locale,
            vocabulary=self._vocabulary,
            basket=request.basket,
        )
        unknown = [sku for sku in question.basket if self._catalog.row(sku) is None]
        if unknown:
            raise unknown_skus(unknown)
        allowed = request.within(budget or self._settings.budget)
        return question, self._key(question, allowed), allowed

    @cached_property
    def _catalog(self) -> Snapshot:
        """The snapshot alone, for what is done around the cache. It opens in a moment."""
        from goeswith.engine.catalog import Snapshot

        with reading(self.generation.folder):
            return Snapshot.open(self.generation.folder / "catalog")

    def _told(
        self, request: Request, question: Question, key: str, found: _Found, began: float
    ) -> Answer:
        body = found.body
        if request.profile is not None or request.include:
            body = shown_body(body, request, self._catalog)
        wall_ms = round((self._clock() - began) * 1000.0, 3)
        cost = msgspec.structs.replace(found.cost, wall_ms=wall_ms)
        info = CacheInfo(found.tier, key, found.age_s, found.stale)
        return Answer(question.text, body, info, cost)

    def _key(self, question: Question, budget: Budget) -> str:
        """Return the key: meaning, constraints, basket, versions, and how large an answer may be.

        What an answer may cost is not part of it: a hit costs nothing.
        """
        size = (budget.needs, budget.products, budget.edges)
        return answer_key(
            question.canonical,
            msgspec.json.encode(
                (question.constraints, size, question.basket), order="deterministic"
            ),
            question.locale,
            msgspec.structs.asdict(self.versions),
        )

    def _labels(self, subgraph: Subgraph) -> dict[str, str]:
        ends = {end for edge in subgraph.refused for end in (edge.source, edge.target)}
        return self._open_builder().labels(ends)

    def _open_builder(self) -> Builder:
        with self._opening:
            if self._builder is None:
                self._builder = open_builder(self.generation, self._pack, self._settings)
            return self._builder


def tags_of(subgraph: Subgraph) -> list[str]:
    """Return what an answer depends on: the SKUs and product types it names."""
    nodes = subgraph.graph.nodes
    types = {type_name(p.product_type) for group in subgraph.groups for p in group.products}
    named = {node.id for node in nodes if node.kind != "need"}
    return sorted({ANY_ANSWER} | named | {f"type:{name}" for name in types if name})
