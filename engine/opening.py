"""Puts together what a build needs: shop, planners, language model, edge store, and their versions.

Nothing here is opened by a hit.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.answer import SCHEMA
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.home import Generation, reading
from goeswith.engine.lm_settings import lm_settings
from goeswith.engine.model import Versions
from goeswith.engine.pack import Pack
from goeswith.engine.settings import Settings
from goeswith.engine.storage import edges_folder, open_edges

if TYPE_CHECKING:
    from goeswith.cache import EdgeStore
    from goeswith.engine.asking import Language
    from goeswith.engine.builder.build import Builder
    from goeswith.prompts import LM

PLANNER_VERSION = "knowledge-1"
LM_PLANNER_VERSION = "lm-1"
"""Stands before the knowledge planner's: that one decides where the model does not."""

NO_VERSION = "none"

_LOG = logging.getLogger(__name__)


def versions_of(generation: Generation, settings: Settings, lm: LM | None = None) -> Versions:
    """Return what an answer built here depends on besides the question. Opens nothing.

    Raises:
        SettingsError: the [lm] settings cannot be used.
    """
    planner, prompts, model = PLANNER_VERSION, NO_VERSION, NO_VERSION
    chosen = _chosen(settings, lm)
    if chosen:
        from goeswith.prompts import version

        planner, prompts, model = f"{LM_PLANNER_VERSION}+{planner}", version(), chosen
    return Versions(
        catalog=generation.version,
        planner=planner,
        prompts=prompts,
        gate=load_policy().version,
        lm=model,
        schema=SCHEMA,
    )


def open_builder(
    generation: Generation, pack: Pack, settings: Settings, lm: LM | None = None
) -> Builder:
    """Open the indexes of a generation and return what builds over them.

    `lm` is asked instead of the model that the settings name.

    Raises:
        HomeDamagedError: a file of the index does not hold what was written.
        SettingsError: the [lm] settings cannot be used.
    """
    from goeswith.engine.builder.build import Builder
    from goeswith.engine.proposer.known import KnownEdges
    from goeswith.engine.retrieval import load_embedder
    from goeswith.engine.shop import Shop

    cache = cache_of(generation)
    language = open_language(cache, settings, lm)
    edges = _Edges(cache, settings, make=language is not None)
    embedder = load_embedder(settings.retrieval.embedder)
    with reading(generation.folder):
        shop = Shop.open(generation.folder, pack, embedder)
    known = KnownEdges(edges, shop.catalog.types, language.version if language else "")
    return Builder(shop, known, language, close=_closer(edges, language if lm is None else None))


def open_language(cache: Path, settings: Settings, lm: LM | None = None) -> Language | None:
    """Return the model of a home and who pays for it, None where none is to be asked.

    Raises:
        SettingsError: the [lm] settings cannot be used.
    """
    if not _chosen(settings, lm):
        return None
    from goeswith.engine.asking import Language
    from goeswith.engine.spending import Ledger
    from goeswith.prompts import LM, version

    if lm is None:
        reached = lm_settings(settings.lm)
        if reached is None:
            return None
        lm = LM(reached)
    ledger = Ledger(
        cache / "spending.db", calls=settings.lm.calls_per_day, usd=settings.lm.usd_per_day
    )
    return Language(lm, version(), ledger)


def cache_of(generation: Generation) -> Path:
    """Return the cache folder of the home that a generation belongs to."""
    return generation.folder.parents[1] / "cache"


def _chosen(settings: Settings, lm: LM | None) -> str:
    """Return the version of the model that is asked, "" for none."""
    if not settings.budget.lm_calls:
        return ""
    if lm is not None:
        return lm.version
    reached = lm_settings(settings.lm)
    return reached.version if reached else ""


class _Edges:
    """Finds the edge store of a home: made for a model to fill, else opened once it is there.

    A folder that cannot be used is no store: knowledge is then read elsewhere, or asked again.
    """

    def __init__(self, cache: Path, settings: Settings, *, make: bool) -> None:
        self._cache = cache
        self._settings = settings
        self._make = make
        self._lock = threading.Lock()
        self._store: EdgeStore | None = None
        self._given_up = False

    def __call__(self) -> EdgeStore | None:
        if self._store is None and not self._given_up:
            with self._lock:
                self._open()
        return self._store

    def _open(self) -> None:
        from goeswith.cache import CacheError

        if self._store is not None or not (self._make or edges_folder(self._cache).exists()):
            return
        try:
            self._store = open_edges(self._cache, self._settings.cache)
        except CacheError as error:
            self._given_up = True
            _LOG.warning("No edge store: %s", error)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


def _closer(edges: _Edges, language: Language | None) -> Callable[[], None]:
    def close() -> None:
        edges.close()
        if language is not None:
            language.lm.close()

    return close
