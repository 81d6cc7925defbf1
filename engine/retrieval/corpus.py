"""What retrieval needs of a catalog, and a small in-memory one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.model import TypePath


@runtime_checkable
class Corpus(Protocol):
    """Products by row, 0 to n-1. Must not change while an index of it is in use."""

    @property
    def texts(self) -> Sequence[str]:
        """Text to search by row: the title's words and more. Repeats are indexed once."""
        ...

    @property
    def skus(self) -> Sequence[str]:
        """Stock keeping unit by row."""
        ...

    @property
    def types(self) -> Sequence[TypePath]:
        """Product types by type id."""
        ...

    @property
    def brands(self) -> Sequence[str]:
        """Brand names by brand id."""
        ...

    @property
    def type_of(self) -> NDArray[np.int32]:
        """Type id by row, -1 for none."""
        ...

    @property
    def brand_of(self) -> NDArray[np.int32]:
        """Brand id by row, -1 for none."""
        ...

    @property
    def price(self) -> NDArray[np.float64]:
        """Price by row in the catalog's currency, NaN where unknown."""
        ...

    @property
    def available(self) -> NDArray[np.int8]:
        """1 available, 0 not, -1 unknown, by row."""
        ...

    def title(self, row: int) -> str:
        """Return the product's title."""
        ...

    def attributes(self, row: int) -> Mapping[str, str]:
        """Return the product's attributes; several values are joined with "|"."""
        ...


def _no_ids() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


@dataclass(frozen=True)
class MemoryCorpus:
    """A `Corpus` from plain lists. Missing columns mean unknown."""

    titles: Sequence[str]
    types: Sequence[TypePath] = ()
    brands: Sequence[str] = ()
    type_of: NDArray[np.int32] = field(default_factory=_no_ids)
    brand_of: NDArray[np.int32] = field(default_factory=_no_ids)
    price: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, np.float64))
    available: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    skus: Sequence[str] = ()
    texts: Sequence[str] = ()
    attribute_rows: Sequence[Mapping[str, str]] = ()

    def __post_init__(self) -> None:
        rows = len(self.titles)
        fill = object.__setattr__
        if not len(self.type_of):
            fill(self, "type_of", np.full(rows, -1, np.int32))
        if not len(self.brand_of):
            fill(self, "brand_of", np.full(rows, -1, np.int32))
        if not len(self.price):
            fill(self, "price", np.full(rows, np.nan))
        if not len(self.available):
            fill(self, "available", np.full(rows, -1, np.int8))
        if not len(self.skus):
            fill(self, "skus", [str(i) for i in range(rows)])
        if not len(self.texts):
            fill(self, "texts", list(self.titles))

    def title(self, row: int) -> str:
        """Return the product's title."""
        return self.titles[row]

    def attributes(self, row: int) -> Mapping[str, str]:
        """Return the product's attributes."""
        return self.attribute_rows[row] if len(self.attribute_rows) else {}
