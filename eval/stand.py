"""What every arm stands on: the same index, settings and seed. It holds no truth."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from goeswith.engine.engine import Engine
from goeswith.engine.index.home import Home
from goeswith.engine.model import type_name
from goeswith.engine.pack import load_pack
from goeswith.engine.settings import Settings
from goeswith.engine.settings.lm import lm_settings
from goeswith.eval.replies import recording, replaying
from goeswith.eval.rounds import Rounds, counted

if TYPE_CHECKING:
    from goeswith.engine.index.shop import Shop
    from goeswith.prompts import LM


class Stand:
    """The common ground of the arms of one run.

    Args:
        home: a home folder that holds an index.
        settings: how that index was made.
        seed: of the run; an arm that draws takes it from here.
        work: folder for what an arm makes beforehand; a scratch folder of its own when None.
        log: questions with counts as a shop's log knew them, for an arm that warms up.
        replies: a recording of an LM's replies, to be asked instead of the settings' model.
        record: where the replies of the settings' model are kept.
        missing: where requests that `replies` lacks are written.

    `rounds` counts how often an arm waited for the model.
    """

    def __init__(
        self,
        home: Path,
        settings: Settings,
        seed: int,
        *,
        work: Path | None = None,
        log: Sequence[tuple[str, int]] = (),
        replies: Path | None = None,
        record: Path | None = None,
        missing: Path | None = None,
    ) -> None:
        self.home = home
        self.settings = settings
        self.seed = seed
        self.work = work
        self.log = tuple(log)
        self.replies = replies
        self.record = record
        self.missing = missing
        self.rounds = Rounds()

    @cached_property
    def shop(self) -> Shop:
        """Catalog, behaviour and retrieval, shared by the arms that do not ask the engine."""
        from goeswith.engine.index.shop import Shop
        from goeswith.engine.retrieval import load_embedder

        embedder = load_embedder(self.settings.retrieval.embedder)
        opened = Shop.open(Home(self.home).current().folder, load_pack(), embedder)
        # Files are read now, so that no arm's first question waits for them.
        opened.retriever.products("milk", 1)
        opened.retriever.types("milk", 1)
        return opened

    @property
    def version(self) -> str:
        """The catalog's version."""
        return Home(self.home).current().version

    def with_own_cache(self, folder: Path) -> Settings:
        """Make `folder` a home that shares the index and nothing else. Returns its settings.

        Nothing is finished in the background there: its cost would fall on another question.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("CURRENT", "generations"):
            link = folder / name
            if not link.is_symlink():
                link.symlink_to((self.home / name).absolute())
        cache = msgspec.structs.replace(self.settings.cache, background="off")
        return msgspec.structs.replace(self.settings, home=folder, cache=cache)

    @contextmanager
    def engine(self, folder: Path) -> Iterator[Engine]:
        """Give an engine whose cache is kept under `folder`, so that no arm warms another's."""
        own = self.with_own_cache(folder)
        with self.lm() as lm, Engine.open(folder, settings=own, lm=lm) as engine:
            yield engine

    @contextmanager
    def lm(self) -> Iterator[LM | None]:
        """Give the model that is asked: replayed, recorded, or as the settings say; None for none.

        Raises:
            EvalError: a recording cannot be used.
            SettingsError: the [lm] settings cannot be used.
        """
        opened = self._lm()
        if opened is None:
            yield None
        else:
            with counted(opened, self.rounds) as lm:
                yield lm

    def _lm(self) -> LM | None:
        if self.replies is not None:
            return replaying(self.replies, self.missing)
        chosen = lm_settings(self.settings.lm)
        if chosen is None:
            return None
        if self.record is not None:
            return recording(chosen, self.record)
        from goeswith.prompts import LM

        return LM(chosen)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give an empty folder, on the disk of the folder for work, and remove it afterwards."""
        if self.work is not None:
            self.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.work, prefix="scratch-") as folder:
            yield Path(folder)

    def label(self, item: str) -> str:
        """Return what a reader sees for an item: a SKU's title, or the type itself."""
        row = self.shop.catalog.row(item)
        return item if row is None else self.shop.catalog.title(row)

    def type_name(self, type_id: int) -> str:
        """Return the item that stands for a product type."""
        return type_name(self.shop.catalog.types[type_id])
