"""Puts together what a build needs: shop, planners, language model, edge store, and their versions.

Nothing here is opened by a hit.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.answer import SCHEMA
from goeswith.engine.gate.policy import load_policy
from goeswith.engine.index.home import Generation, reading
from goeswith.engine.model import Versions
from goeswith.engine.pack import Pack
from goeswith.engine.planner.version import KNOWLEDGE
from goeswith.engine.planner.version import LM as LM_PLANNER
from goeswith.engine.serving.storage import edges_folder, open_edges
from goeswith.engine.settings import Settings
from goeswith.engine.settings.lm import lm_settings

if TYPE_CHECKING:
    from goeswith.cache import EdgeStore
    from goeswith.engine.builder.build import Builder
    from goeswith.engine.lm.asking import Language
    from goeswith.engine.lm.spending import Ledger
    from goeswith.prompts import LM

NO_VERSION = "none"

_LOG = logging.getLogger(__name__)


def versions_of(generation: Generation, settings: Settings, lm: LM | None = None) -> Versions:
    """Return what an answer built here depends on besides the question. Opens nothing.

    Raises:
        SettingsError: the [lm] settings cannot be used.
    """
    planner, prompts, model = KNOWLEDGE, NO_VERSION, NO_VERSION
    chosen = _chosen(settings, lm)
    if chosen:
        from goeswith.prompts import version

        planner, prompts, model = f"{LM_PLANNER}+{planner}", version(), chosen
    return Versions(
        catalog=generation.version,
        planner=planner,
        prompts=prompts,
        gate=load_policy().version,
        lm=model,
        schema=SCHEMA,
    )


class Means:
    """What builds over every generation of a home share: the model, and the edge store.

    Nothing is opened before a build asks for it.

    Args:
        cache: the home's cache folder.
        settings: what an operator set.
        lm: asked instead of the model that the settings name; the caller's to close.

    Raises:
        SettingsError: the [lm] settings cannot be used.
    """

    def __init__(self, cache: Path, settings: Settings, lm: LM | None = None) -> None:
        self.language = open_language(cache, settings, lm)
        self.edges = _Edges(cache, settings, make=self.language is not None)
        self._own = self.language.lm if self.language is not None and lm is None else None

    @property
    def lm(self) -> LM | None:
        """The model, if there is one."""
        return self.language.lm if self.language is not None else None

    def close(self) -> None:
        """Close what was opened here."""
        self.edges.close()
        if self._own is not None:
            self._own.close()
        if self.language is not None and self.language.ledger is not None:
            self.language.ledger.close()


def open_builder(generation: Generation, pack: Pack, settings: Settings, means: Means) -> Builder:
    """Open the indexes of a generation and return what builds over them.

    Raises:
        HomeDamagedError: a file of the index does not hold what was written.
    """
    from goeswith.engine.builder.build import Builder
    from goeswith.engine.index.shop import Shop
    from goeswith.engine.proposer.known import KnownEdges
    from goeswith.engine.retrieval import load_embedder

    embedder = load_embedder(settings.retrieval.embedder)
    with reading(generation.folder):
        shop = Shop.open(generation.folder, pack, embedder)
    version = means.language.version if means.language else ""
    return Builder(shop, KnownEdges(means.edges, shop.catalog.types, version), means.language)


def open_language(cache: Path, settings: Settings, lm: LM | None = None) -> Language | None:
    """Return the model of a home and who pays for it, None where none is to be asked.

    Loads no client and no DSPy.

    Raises:
        SettingsError: the [lm] settings cannot be used.
    """
    if not _chosen(settings, lm):
        return None
    from goeswith.engine.lm.asking import Language
    from goeswith.prompts import LM, version

    if lm is None:
        reached = lm_settings(settings.lm)
        if reached is None:
            return None
        lm = LM(reached)
    return Language(lm, version(), open_ledger(cache, settings))


def open_ledger(cache: Path, settings: Settings) -> Ledger:
    """Return the count of what models cost a home, with the caps on a day. Opens nothing."""
    from goeswith.engine.lm.spending import Ledger

    caps = settings.lm
    return Ledger(cache / "spending.db", calls=caps.calls_per_day, usd=caps.usd_per_day)


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
