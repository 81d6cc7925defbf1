"""Opens a home for distilling: its shop, its edge store, its model; one at a time by lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from goeswith.engine.builder.build import Builder
from goeswith.engine.distil.asker import Offline
from goeswith.engine.distil.graph import GraphFile, make_graph
from goeswith.engine.distil.job import Job, digest_of
from goeswith.engine.distil.work import Distiller
from goeswith.engine.errors import HomeWriteError
from goeswith.engine.index.home import Generation, Home
from goeswith.engine.lm.asking import Language
from goeswith.engine.pack import load_pack
from goeswith.engine.serving.opening import Means, open_builder
from goeswith.engine.settings import Settings
from goeswith.prompts import LM

FOLDER = "distil"


class Limits(msgspec.Struct, frozen=True):
    """What a run may spend. None is no bound."""

    calls: int | None = None
    tokens: int | None = None
    usd: float | None = None


class Session:
    """A home that is open for distilling."""

    def __init__(
        self, generation: Generation, folder: Path, builder: Builder, language: Language | None
    ) -> None:
        """Hold what was opened. `folder` is where checkpoint and replies of batches are."""
        self.generation = generation
        self.folder = folder
        self.shop = builder.shop
        self.known = builder.known
        self.lm = language.lm if language else None
        self.version = language.version if language else ""
        self._ledger = language.ledger if language else None

    def job(self, limit: int | None) -> Job:
        """Return the work on the `limit` most bought types."""
        distiller = Distiller(self.shop, self.known, self.version)
        parts = (self.generation.manifest.digest, self.version, str(limit))
        return Job(self.folder, self.shop, distiller, digest_of(*parts), limit=limit)

    def asker(self, lm: LM, limits: Limits) -> Offline:
        """Return who asks for one run."""
        return Offline(
            lm, calls=limits.calls, tokens=limits.tokens, usd=limits.usd, ledger=self._ledger
        )

    def graph(
        self, limit: int | None, progress: Callable[[int, int], None] | None = None
    ) -> GraphFile:
        """Return the static graph of the `limit` most bought types."""
        heads = Distiller(self.shop, self.known, self.version).frontier.heads(limit)
        more = {} if progress is None else {"progress": progress}
        return make_graph(
            self.shop,
            self.known,
            heads,
            catalog=self.generation.version,
            model=self.version,
            **more,
        )


@contextmanager
def open_session(settings: Settings, lm: LM | None = None) -> Iterator[Session]:
    """Open the home of the settings, with their model or the one that is given.

    Raises:
        HomeError: there is no usable index, the home cannot be written, or another distillation
            is running on it.
        SettingsError: the [lm] settings cannot be used.
    """
    place = Home(Path(settings.home))
    generation = place.current()
    with _only_one(place.cache / FOLDER):
        means = Means(place.cache, settings, lm)
        try:
            builder = open_builder(generation, load_pack(), settings, means)
            yield Session(generation, place.cache / FOLDER, builder, means.language)
        finally:
            means.close()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0, mode=0o600, thread_local=False)
        lock.acquire()
    except Timeout:
        raise HomeWriteError(
            f"Another distillation is running on {folder.parent.parent}. Wait until it is done."
        ) from None
    except OSError as error:
        raise HomeWriteError(f"Cannot write to {folder}: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()
