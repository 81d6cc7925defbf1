"""The catalog as retrieval wants to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from goeswith.engine.catalog import Snapshot
from goeswith.engine.model import TypePath


class CatalogCorpus:
    """Gives retrieval a snapshot's texts and columns. Lists are made when they are first needed."""

    def __init__(self, catalog: Snapshot) -> None:
        self._catalog = catalog

    @cached_property
    def texts(self) -> Sequence[str]:
        """Searchable text by row."""
        return list(self._catalog.texts())

    @cached_property
    def skus(self) -> Sequence[str]:
        """SKU by row."""
        return list(self._catalog.skus())

    @property
    def types(self) -> Sequence[TypePath]:
        """Product types by type id."""
        return self._catalog.types

    @property
    def brands(self) -> Sequence[str]:
        """Brands by brand id."""
        return self._catalog.brands

    @property
    def type_of(self) -> npt.NDArray[np.int32]:
        """Type id by row."""
        return self._catalog.type_of

    @property
    def brand_of(self) -> npt.NDArray[np.int32]:
        """Brand id by row."""
        return self._catalog.brand_of

    @property
    def price(self) -> npt.NDArray[np.float64]:
        """Price by row."""
        return self._catalog.price

    @property
    def available(self) -> npt.NDArray[np.int8]:
        """Availability by row."""
        return self._catalog.available

    def title(self, row: int) -> str:
        """Return a product's title."""
        return self._catalog.title(row)

    def attributes(self, row: int) -> Mapping[str, str]:
        """Return a product's attributes."""
        return self._catalog.product(row).attributes
