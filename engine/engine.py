"""The way through the house: question in, cache or build, answer out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from goeswith.cache import AnswerCache, Flights, Hit, Invalidated, Popular, Usage
from goeswith.engine.answer import Answer, Explanation
from goeswith.engine.budget import Budget, Clock
from goeswith.engine.index.home import Generation, Home, reading
from goeswith.engine.index.settle import settle
from goeswith.engine.model import Edge, Versions
from goeswith.engine.pack import Pack, load_pack
from goeswith.engine.question import Question
from goeswith.engine.request import Request, as_request
from goeswith.engine.serving.asked import Asked
from goeswith.engine.serving.background import Background
from goeswith.engine.serving.current import Current
from goeswith.engine.serving.making import Making
from goeswith.engine.serving.mending import InBackground, Mends
from goeswith.engine.serving.opened import Opened, Reading
from goeswith.engine.serving.opening import Means
from goeswith.engine.serving.paraphrase import Paraphrases
from goeswith.engine.serving.shown import told
from goeswith.engine.serving.storage import open_answers, open_flights
from goeswith.engine.serving.tiers import Found, Serving
from goeswith.engine.settings import Settings, load_settings
from goeswith.engine.telemetry import open_tracer
from goeswith.engine.tracing import OFF, Tracer
from goeswith.engine.views.upkeep import Upkeep

if TYPE_CHECKING:
    from goeswith.engine.builder.listener import Listener
    from goeswith.engine.index.shop import Shop
    from goeswith.engine.views.paths import Connection
    from goeswith.engine.views.relations import ProductRelations
    from goeswith.prompts import LM


class Engine:
    """Answers questions over the current generation of one home folder.

    Opening is cheap: indexes are read when the first question misses the cache. A newly indexed
    generation is picked up with the next request; requests under way keep theirs.
    """

    def __init__(
        self,
        current: Current,
        answers: AnswerCache,
        settings: Settings,
        *,
        flights: Flights[Found] | None = None,
        paraphrases: Paraphrases | None = None,
        background: Background | None = None,
        mends: Mends | None = None,
        folder: Path | None = None,
        clock: Clock = time.monotonic,
        tracer: Tracer = OFF,
    ) -> None:
        self.answers = answers
        self.background = background
        self._current = current
        self.tracer = tracer
        self._serving = Serving(answers, paraphrases, tracer)
        self._usage = Usage(folder)
        if mends is None and background is not None:
            mends = InBackground(background, lambda r, b: self.build_for_cache(r, budget=b))
        self._mends = mends
        self._asked = Asked(self._usage, background, mends, settings.budget, clock)
        self._making = Making(
            current, self._serving, flights or Flights(), self._usage, clock, tracer
        )
        self._upkeep = Upkeep(folder or Path(), settings, self._serving, self._usage)

    @classmethod
    def open(
        cls,
        home: str | Path,
        *,
        settings: Settings | None = None,
        cache: Path | None = None,
        pack: Pack | None = None,
        lm: LM | None = None,
        mends: Mends | None = None,
        tracer: Tracer | None = None,
    ) -> Self:
        """Open the current generation of a home folder and its cache.

        Args:
            home: The folder that was indexed.
            settings: What an operator set; read from the usual places if left out.
            cache: Folder of the answers, instead of the home's own.
            pack: Curated knowledge, the shipped one if left out.
            lm: Asked instead of the model that the settings name; the caller's to close.
            mends: Builds again what is stale or was cut short, instead of this engine's own thread.
            tracer: Hears what goes on, instead of the one that the settings ask for.

        Raises:
            HomeError: there is no usable index; the message says what to do.
            SettingsError: the [lm] or [telemetry] settings cannot be used.
            CacheError: the cache can neither be read nor written.
        """
        chosen = settings or load_settings()
        place = Home(Path(home))
        folder = cache or place.cache
        current = Current(place, pack or load_pack(), chosen, Means(folder, chosen, lm))
        answers = open_answers(folder, chosen.cache)
        current.settles(partial(settle, folder, answers=answers))
        rewords = chosen.cache.paraphrase == "on"
        return cls(
            current,
            answers,
            chosen,
            flights=open_flights(folder, chosen.budget),
            paraphrases=Paraphrases(folder / "paraphrase") if rewords else None,
            background=Background() if chosen.cache.background == "on" and mends is None else None,
            mends=mends,
            folder=folder,
            tracer=tracer or open_tracer(chosen.telemetry),
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
        began = self._making.clock()
        request = as_request(asked, locale)
        with self.tracer.span("ask") as span:
            opened, meant, found = self._known(request, budget, use_cache=use_cache)
            if not use_cache:
                found, _ = self._making.alone(opened, meant, listener)
            elif found is None:
                found = self._serving.paraphrase(meant, opened, embed=True)
            if found is None:
                found = self._making.once(opened, meant, listener)
            span.tell(tier=found.tier)
        if use_cache:
            self._asked(request, opened, meant, found)
        return told(request, opened, meant, found, self._making.clock() - began)

    async def aask(
        self, asked: str | Request, *, locale: str = "en", budget: Budget | None = None
    ) -> Answer:
        """Answer a question without blocking the event loop while it is built."""
        return await asyncio.to_thread(self.ask, asked, locale=locale, budget=budget)

    def look(
        self, asked: str | Request, *, locale: str = "en", budget: Budget | None = None
    ) -> Answer | None:
        """Return the answer if it is known, and None if it had to be built or the shop changed.

        Cheap enough for an event loop: it opens no index, makes no vector and waits for nobody.

        Raises:
            QuestionError: the text is not a question that can be read.
            RequestError: the basket names products that this shop does not have.
        """
        if self._current.moved():
            return None
        began = self._making.clock()
        request, opened = as_request(asked, locale), self._current.opened
        meant = opened.read(request, budget)
        found = self._serving.exact(meant, opened)
        if found is None:
            found = self._serving.paraphrase(meant, opened, embed=False)
        if found is None or self._current.left(opened):
            return None
        self._asked(request, opened, meant, found)
        return told(request, opened, meant, found, self._making.clock() - began)

    def hit(self, key: str, versions: Versions) -> Hit | None:
        """Return the whole, fresh answer under a key that was read while `versions` were current.

        None sends a face to `look`. It must find `moved` false afterwards, or just before.
        """
        opened = self._current.opened
        if opened.versions is not versions:
            return None
        hit = self.answers.get(key, edition=opened.edition)
        return None if hit is None or hit.flags or hit.stale else hit

    def moved(self) -> bool:
        """Tell whether another generation was indexed since the last request."""
        return self._current.moved()

    def read(self, asked: str | Request, *, locale: str = "en") -> tuple[Question, str]:
        """Return a question as it is understood, and the key of its answer.

        Raises:
            QuestionError: the text is not a question that can be read.
            RequestError: the basket names products that this shop does not have.
        """
        meant = self._current.opened.read(as_request(asked, locale))
        return meant.question, meant.key

    def build_for_cache(
        self, asked: str | Request, *, locale: str = "en", budget: Budget | None = None
    ) -> Answer:
        """Build an answer and store it as a miss does, unless a fresh one is there.

        Raises:
            QuestionError: the text is not a question that can be read.
            RequestError: the basket names products that this shop does not have.
        """
        began = self._making.clock()
        self.reload()
        request, opened = as_request(asked, locale), self._current.opened
        meant = opened.read(request, budget)
        found = self._making.anew(opened, meant)
        return told(request, opened, meant, found, self._making.clock() - began)

    def mend(self, name: str, request: Request, budget: Budget) -> bool:
        """Have what another engine of this home found stale or cut built again in the background.

        Returns:
            Whether it was taken: not where nothing is done in the background.
        """
        return self._mends is not None and self._mends.mend(name, request, budget)

    def explain(self, asked: str | Request, *, locale: str = "en") -> Explanation:
        """Build an answer afresh and return it with what was refused."""
        began = self._making.clock()
        self.reload()
        request, opened = as_request(asked, locale), self._current.opened
        meant = opened.read(request)
        found, subgraph = self._making.alone(opened, meant)
        ends = {end for edge in subgraph.refused for end in (edge.source, edge.target)}
        answer = told(request, opened, meant, found, self._making.clock() - began)
        return Explanation(answer, subgraph.refused, opened.builder().labels(ends))

    def reload(self) -> bool:
        """Pick up a newly indexed generation; return whether there was one.

        Every request looks for one by itself; this is for whoever wants the indexes open before.

        Raises:
            HomeError: the new index cannot be used.
        """
        if not self._current.moved():
            return False
        was_warm = self._current.opened.is_warm
        changed = self._current.reload()
        if changed and was_warm and self.background is not None:
            self.background.submit("open the index", self.warm)
        return changed

    def invalidate(
        self, *, skus: Iterable[str] = (), types: Iterable[str] = (), everything: bool = False
    ) -> Invalidated:
        """Drop the answers and edges that name a SKU or a product type, or all; return how many.

        A type is named by its path, "A > B", or by its last part.

        Raises:
            CacheError: a store could not drop. Call again with the same.
        """
        if everything:
            return self._upkeep.clear(self._current.opened)
        return self._upkeep.drop(self._current.opened, skus, types)

    def stats(self) -> dict[str, object]:
        """Return what is stored, how asks were answered, and what that saved, as plain data."""
        counts = None if self._mends is None else self._mends.counts()
        return self._upkeep.stats(self._current.opened, counts)

    @property
    def usage(self) -> Usage:
        """The counters, for faces that answer hits themselves."""
        return self._usage

    def breakers(self) -> list[tuple[str, str]]:
        """Return each language model that is asked, and the state of its breaker in this process.

        The states are "closed", "half_open" and "open"; an open one lets no call through.
        """
        return self._current.breakers()

    def popular(self, most: int = 100) -> list[Popular]:
        """Return the questions asked most, in canonical form. Personal ones are not counted."""
        return self._usage.popular(most)

    def refusals(self) -> tuple[tuple[Edge, ...], dict[str, str]]:
        """Return edges that the gate refused lately, the latest first, and the titles of ends."""
        edges = tuple(reversed(self._making.recent))
        ends = {end for edge in edges for end in (edge.source, edge.target)}
        return edges, self._current.opened.builder().labels(ends) if edges else {}

    @property
    def generation(self) -> Generation:
        """The generation that the next request begins with."""
        return self._current.opened.generation

    @property
    def versions(self) -> Versions:
        """What answers built now depend on."""
        return self._current.opened.versions

    @property
    def outdated(self) -> str:
        """What to do where another version read the knowledge into the index, else ""."""
        return self._current.opened.outdated

    def relations(self, sku: str) -> ProductRelations:
        """Return what goes with one very product, by relation, through the same gate.

        Raises:
            UnknownProductError: the shop has no such product.
        """
        from goeswith.engine.views.relations import product_relations

        opened = self._current.opened
        with reading(opened.generation.folder):
            builder = opened.builder()
            return product_relations(builder.shop, sku, known=builder.known)

    def explain_path(self, a: str, b: str) -> Connection:
        """Return how two products or kinds are connected; each is a SKU, a type or words.

        Raises:
            RequestError: an end names nothing in this shop.
        """
        from goeswith.engine.views.paths import explain_path

        opened = self._current.opened
        with reading(opened.generation.folder):
            builder = opened.builder()
            return explain_path(builder.shop, a, b, known=builder.known)

    @property
    def shop(self) -> Shop:
        """The open indexes, for measuring and for tools that look inside."""
        return self._current.opened.builder().shop

    def warm(self) -> None:
        """Read the indexes now, so that the first question does not wait for them."""
        self._current.opened.builder().warm()

    def close(self) -> None:
        """Finish what is under way in the background, within reason, and close what was opened."""
        if self.background is not None:
            self.background.close()
        self._usage.flush()
        self._serving.close()
        self._current.close()
        self.tracer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _known(
        self, request: Request, budget: Budget | None, *, use_cache: bool
    ) -> tuple[Opened, Reading, Found | None]:
        """Return the generation this request keeps, the question, and its answer if it is stored.

        The pointer is looked at after the cache: see `current`.
        """
        while True:
            self.reload()
            opened = self._current.opened
            meant = opened.read(request, budget)
            found = self._serving.exact(meant, opened) if use_cache else None
            if not self._current.left(opened):
                return opened, meant, found
