"""One generation of the index, open: what a request keeps from its beginning to its end."""

from __future__ import annotations

import logging
import threading
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from goeswith.cache import Lru, answer_key
from goeswith.engine.budget import Budget
from goeswith.engine.index.home import Generation, reading
from goeswith.engine.meaning.grounding import reading_version
from goeswith.engine.meaning.kinds import FILE as VECTORS
from goeswith.engine.pack import Pack
from goeswith.engine.question import Question, Vocabulary, read_question
from goeswith.engine.request import Request, unknown_skus
from goeswith.engine.serving.opening import Means, open_builder, versions_of
from goeswith.engine.serving.privacy import is_personal
from goeswith.engine.settings import Settings
from goeswith.engine.tags import VERSION as TAGS

if TYPE_CHECKING:
    from goeswith.engine.builder.build import Builder
    from goeswith.engine.catalog import Snapshot


OUTDATED = (
    "Another version of goeswith read the curated knowledge into this index, and its answers are "
    "as that version understood it. Read it again: goeswith index --knowledge"
)

READINGS_BYTES, READINGS, LONGEST = 8 * 2**20, 10_000, 400
"""Bounds of what was read and is remembered: its bytes, its number, the letters of a question."""

_READING_COSTS = 1_200
"""Bytes that a reading takes besides its letters, measured with tracemalloc."""

_LOG = logging.getLogger(__name__)


class Reading(msgspec.Struct, frozen=True):
    """A request as one generation understands it.

    Attributes:
        question: the question that was read.
        budget: what its answer may cost.
        key: of the complete answer: meaning, constraints, basket, versions, and how large it may
            be. What it may cost is no part of it: a hit costs nothing.
        cut_key: of an answer that this very budget cut short, which serves no other budget.
        scope: what the answer depends on besides the question, for the paraphrase tier.
        personal: nothing of it may be stored.
    """

    question: Question
    budget: Budget
    key: str
    cut_key: str
    scope: str
    personal: bool


class Opened:
    """A generation, how its questions are read, and its indexes once somebody needs them.

    `outdated` says what to do where another version read the curated knowledge into it, else "".
    """

    def __init__(
        self, generation: Generation, pack: Pack, settings: Settings, means: Means
    ) -> None:
        self.generation = generation
        self.versions = versions_of(generation, settings, means.lm)
        self._means = means
        self._pack = pack
        self._settings = settings
        self._vocabulary = Vocabulary(brands=frozenset(generation.manifest.brands))
        self._readings: Lru[Reading] = Lru(READINGS_BYTES, READINGS)
        self._builder: Builder | None = None
        self._opening = threading.Lock()
        manifest = generation.manifest
        told = msgspec.structs.asdict(self.versions)
        # What changes in the catalog and the baskets drops the answers it touches instead.
        del told["catalog"]
        knowledge = {"pack": manifest.pack, "reading": manifest.reading}
        self._key_versions = {**told, "embedder": manifest.embedder, "tags": TAGS, **knowledge}
        self.outdated = "" if manifest.reading == reading_version(pack) else OUTDATED
        if self.outdated:
            _LOG.warning("%s", self.outdated)

    @property
    def edition(self) -> str:
        """Name the content of the index: hosts that share answers must agree on it."""
        return self.generation.manifest.digest

    @cached_property
    def space(self) -> tuple[str, int]:
        """The embedder of the index and the length of its vectors. Opens no embedder.

        Raises:
            HomeDamagedError: a file of the index does not hold what was written.
        """
        import numpy as np

        folder = self.generation.folder
        with reading(folder):
            vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
            return self.generation.manifest.embedder, int(vectors.shape[1])

    @property
    def is_warm(self) -> bool:
        """Tell whether the indexes are open."""
        return self._builder is not None

    @cached_property
    def catalog(self) -> Snapshot:
        """The snapshot alone, for what is done around the cache. It opens in a moment.

        Raises:
            HomeDamagedError: a file of the index does not hold what was written.
        """
        from goeswith.engine.catalog import Snapshot

        with reading(self.generation.folder):
            return Snapshot.open(self.generation.folder / "catalog")

    def read(self, request: Request, budget: Budget | None = None) -> Reading:
        """Read a request. `budget` is used instead of the settings'; the request can lower it.

        What comes without a basket and a budget of its own is read once; of personal data nothing
        is remembered.

        Raises:
            QuestionError: the text is not a question that can be read.
            RequestError: the basket names products that this shop does not have.
        """
        own = budget or request.budget or request.basket
        if own or len(request.question) > LONGEST:
            return self._read(request, budget)
        name = f"{request.locale}\0{request.question}"
        known = self._readings.get(name)
        if known is None:
            known = self._read(request, None)
            if not known.personal:
                self._readings.put(name, known, _READING_COSTS + 4 * len(name))
        return known

    def _read(self, request: Request, budget: Budget | None) -> Reading:
        question = read_question(
            request.question,
            locale=request.locale,
            vocabulary=self._vocabulary,
            basket=request.basket,
        )
        unknown = [sku for sku in question.basket if self.catalog.row(sku) is None]
        if unknown:
            raise unknown_skus(unknown)
        allowed = request.within(budget or self._settings.budget)
        size = (allowed.needs, allowed.products, allowed.edges)
        limits = (question.constraints, size, question.basket)
        meant = msgspec.json.encode(limits, order="deterministic")
        versions = self._key_versions
        cost = msgspec.json.encode(allowed).decode()
        return Reading(
            question,
            allowed,
            answer_key(question.canonical, meant, question.locale, versions),
            answer_key(question.canonical, meant, question.locale, {**versions, "budget": cost}),
            msgspec.json.encode((versions, size), order="deterministic").decode(),
            is_personal(question.text),
        )

    def builder(self) -> Builder:
        """Return what builds over this generation; its indexes are opened once.

        Raises:
            HomeDamagedError: a file of the index does not hold what was written.
        """
        with self._opening:
            if self._builder is None:
                self._builder = open_builder(
                    self.generation, self._pack, self._settings, self._means
                )
            return self._builder
