"""Whether a product that is new, or like new, is looked at where its kind is offered."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from goeswith.engine.catalog import Snapshot
from goeswith.engine.graph.subgraph import LOOKED_AT, SHOWN


class Newcomers:
    """Ranks products of one catalog within their types by what is bought."""

    def __init__(self, catalog: Snapshot, popularity: NDArray[np.int64]) -> None:
        """Rank the rows of `catalog` by `popularity`, purchases by row."""
        self._catalog = catalog
        self._popularity = popularity
        self._rows = cache(self._of_type)

    def leads(self, row: int, *, fits: bool) -> bool:
        """Tell whether a product may be shown where any product of its type will do.

        It must be among those that are looked at. One that nobody bought comes behind all that
        somebody did, unless attributes speak for it. Products of one title count once, since one of
        them is shown.

        Args:
            row: Of the product.
            fits: Attributes decide what products of its type fit.
        """
        better = set()
        most = LOOKED_AT if fits or self._popularity[row] else SHOWN
        for other in self._rows(int(self._catalog.type_of[row])):
            if self._popularity[other] <= self._popularity[row]:
                return True
            better.add(self._catalog.title(int(other)))
            if len(better) >= most:
                return False
        return True

    def _of_type(self, type_id: int) -> NDArray[np.int64]:
        """Return the rows of a type, most bought first."""
        rows = np.flatnonzero(self._catalog.type_of == type_id)
        order: NDArray[np.int64] = rows[np.argsort(-self._popularity[rows], kind="stable")]
        return order
