"""What every arm stands on: the same index, settings and seed. It holds no truth."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from goeswith.engine.engine import Engine
from goeswith.engine.home import Home
from goeswith.engine.model import type_name
from goeswith.engine.pack import load_pack
from goeswith.engine.settings import Settings

if TYPE_CHECKING:
    from goeswith.engine.shop import Shop


class Stand:
    """The common ground of the arms of one run.

    Args:
        home: a home folder that holds an index.
        settings: how that index was made.
        seed: of the run; an arm that draws takes it from here.
    """

    def __init__(self, home: Path, settings: Settings, seed: int) -> None:
        self.home = home
        self.settings = settings
        self.seed = seed

    @cached_property
    def shop(self) -> Shop:
        """Catalog, behaviour and retrieval, shared by the arms that do not ask the engine."""
        from goeswith.engine.retrieval import load_embedder
        from goeswith.engine.shop import Shop

        embedder = load_embedder(self.settings.retrieval.embedder)
        return Shop.open(Home(self.home).current().folder, load_pack(), embedder)

    def engine(self) -> Engine:
        """Return an engine of its own, so that no arm warms another's caches."""
        return Engine.open(self.home, settings=self.settings)

    def type_name(self, type_id: int) -> str:
        """Return the item that stands for a product type."""
        return type_name(self.shop.catalog.types[type_id])
